import { SpanKind, type Span } from '@opentelemetry/api';
import { errorTypeOf, failWith } from './failures.js';
import type { Tracing } from './tracing.js';

/** The properties of an ioredis client that tracing uses. */
export interface RedisClient {
  readonly options: { host?: string | undefined; port?: number | undefined; db?: number | undefined };
  sendCommand(command: RedisCommand, stream?: unknown): unknown;
}

interface RedisCommand {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly promise: Promise<unknown>;
}

/**
 * Makes a span for each command of recorded work, without keys and values. Replaces `sendCommand`, because ioredis'
 * diagnostics channel would copy the arguments of every command.
 */
export function traceRedis(tracing: Tracing, redis: RedisClient): void {
  if (!tracing.isOn) return;
  const { host = 'localhost', port = 6379, db = 0 } = redis.options;
  const server = {
    'db.system.name': 'redis',
    'db.namespace': String(db),
    'server.address': host,
    'server.port': port,
  };
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (command, stream) => {
    const parent = tracing.traced();
    if (!parent) return send(command, stream);
    const operation = command.name.toUpperCase();
    const span = tracing.begin({
      name: operation,
      kind: SpanKind.CLIENT,
      parent,
      attributes: {
        ...server,
        'db.operation.name': operation,
        ...(operation === 'EVALSHA' && { 'db.stored_procedure.name': String(command.args[0]) }),
      },
    });
    const reply = send(command, stream);
    command.promise.then(
      () => span.end(),
      (error: unknown) => endFailed(span, error),
    );
    return reply;
  };
}

function endFailed(span: Span, error: unknown): void {
  // Redis begins an error with its code, a word in capitals.
  const word = error instanceof Error ? /^([A-Z]+) /.exec(error.message)?.[1] : undefined;
  if (word !== undefined) span.setAttribute('db.response.status_code', word);
  // NOSCRIPT is not a failure, because the client then sends the text of the script.
  if (word !== 'NOSCRIPT') failWith(span, word ?? errorTypeOf(error));
  span.end();
}
