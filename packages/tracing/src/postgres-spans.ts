import { SpanKind } from '@opentelemetry/api';
import { errorTypeOf, failWith } from './failures.js';
import type { Tracing } from './tracing.js';

/** A statement, or a transaction that is recorded as one statement. */
export interface TracedStatement {
  name?: string | undefined;
  text: string;
  /** Whether a business rule caused the error. Such an error does not mark the span as failed. */
  isRefusal?: (error: unknown) => boolean;
}

/** Runs a statement and records it as a span of the current request. */
export type TraceStatement = <Result>(statement: TracedStatement, run: () => Promise<Result>) => Promise<Result>;

/** Makes a span for each statement of a recorded request or event. The span has the statement's text, but no values. */
export function traceStatements(tracing: Tracing, url: string): TraceStatement {
  if (!tracing.isOn) return (_statement, run) => run();
  const { hostname, port, pathname } = new URL(url);
  const server = {
    'db.system.name': 'postgresql',
    'db.namespace': decodeURIComponent(pathname.slice(1)),
    'server.address': hostname,
    'server.port': Number(port) || 5432,
  };
  return async ({ name = 'statement', text, isRefusal = () => false }, run) => {
    const parent = tracing.traced();
    if (!parent) return run();
    const attributes = { ...server, 'db.query.summary': name, 'db.query.text': text };
    const span = tracing.begin({ name, kind: SpanKind.CLIENT, parent, attributes });
    try {
      return await run();
    } catch (error) {
      if (isRefusal(error)) throw error;
      const errorType = errorTypeOf(error);
      // EPIPE looks like a SQLSTATE, but only an error of the server has a severity.
      const isOfServer = error instanceof Error && 'severity' in error;
      if (isOfServer && /^[0-9A-Z]{5}$/.test(errorType)) span.setAttribute('db.response.status_code', errorType);
      failWith(span, errorType);
      throw error;
    } finally {
      span.end();
    }
  };
}
