import { SpanStatusCode, type Span } from '@opentelemetry/api';

/**
 * A failure as a class of few values. An error's text may contain personal data, so no span repeats it: the log,
 * which redacts, has it under the same trace id.
 */
export function failWith(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
}

/** An error's code, otherwise its class. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
}
