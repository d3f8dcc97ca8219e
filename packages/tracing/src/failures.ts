import { SpanStatusCode, type Span } from '@opentelemetry/api';

/** Marks a span as failed. Error texts stay in the log, because they can contain personal data. */
export function failWith(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
}

/** Returns the code of an error, or its class name if it has no code. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
}
