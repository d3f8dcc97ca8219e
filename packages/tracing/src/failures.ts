import { SpanStatusCode, type Span } from '@opentelemetry/api';

/**
 * What went wrong, as a class of few values. What an error says may hold anybody's data, so no span repeats it: the log, which redacts, has it
 * under the same trace id.
 */
export function failWith(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
}

/** An error's code, else its class. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
}
