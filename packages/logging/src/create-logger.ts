import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import winston from 'winston';
import { jsonText, prettyText, type LogLevel, type LogLine } from './log-line.js';
import { loggable } from './loggable.js';
import { redactText } from './redact.js';
import { currentContext } from './request-context.js';

/** How long `close` waits for transports beyond stdout. */
const FLUSH_TIMEOUT_MS = 5_000;
/** Lines that a transport may be behind; further ones it does not get. */
const LINES_WAITING_MAX = 1_000;
/** Bytes that a slow reader of stdout may be behind; lines after them are lost, and not the process. */
const BYTES_WAITING_MAX = 16 * 1024 * 1024;
const severity = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

export type LogFields = Readonly<Record<string, unknown>>;

/** Logging never throws and never fails its caller, whatever the fields hold. `fields.error` may be an Error. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines carry these fields too. It shares the output, and `close`, with this one. */
  child(fields: LogFields): Log;
  /** Resolves when every line so far has left the process, at most 5 s later. Lines after it still reach stdout. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  service: string;
  version: string;
  /** Default: host name and process id. */
  instance?: string;
  /** Default: info. */
  level?: LogLevel | 'silent';
  /** Lines for people instead of JSON. Default: whether the output is a terminal. */
  pretty?: boolean;
  /** Default: stdout. */
  output?: Writable & { isTTY?: boolean };
  /**
   * Where else lines go: the place of Elasticsearch shipping. Each transport gets the finished, redacted line as an object;
   * one that fails or hangs costs its own lines only. Stdout stays the source of truth.
   */
  transports?: winston.transport[];
}

/** JSON lines on stdout, each with the request it belongs to and without secrets. */
export function createLogger(options: LoggerOptions): Log {
  const { service, version, level = 'info', output = process.stdout } = options;
  const { instance = `${hostname()}-${process.pid}`, pretty = output.isTTY ?? false, transports = [] } = options;
  const textOf = pretty ? prettyText : jsonText;
  const sink = openSink(output, textOf, transports);

  function logWith(bound: LogFields): Log {
    function write(lineLevel: LogLevel, message: string, fields?: LogFields): void {
      if (level === 'silent' || severity[lineLevel] > severity[level]) return;
      sink.write(lineOf({ service, instance, version }, lineLevel, message, { ...bound, ...loggable(fields ?? {}) }));
    }
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
      child: (fields) => logWith({ ...bound, ...loggable(fields) }),
      close: () => sink.close(),
    };
  }
  return logWith({});
}

function lineOf(origin: Record<string, string>, level: LogLevel, message: string, fields: LogFields): LogLine {
  const { requestId, traceId, spanId, userId } = currentContext() ?? {};
  const line: LogLine = {
    time: new Date().toISOString(),
    level,
    ...origin,
    ...(requestId !== undefined && { requestId }),
    ...(traceId !== undefined && { traceId, spanId }),
    ...(userId !== undefined && { userId }),
    message: redactText(String(message)),
  };
  for (const [key, value] of Object.entries(fields)) {
    // A field never replaces what the line says of itself.
    line[Object.hasOwn(line, key) && line[key] !== value ? `${key}_` : key] = value;
  }
  return line;
}

interface Sink {
  write(line: LogLine): void;
  close(): Promise<void>;
}

/** Stdout is written to as it is: a line's way through winston's streams costs more than the line. */
function openSink(output: Writable, textOf: (line: LogLine) => string, transports: winston.transport[]): Sink {
  const outlets = transports.map(openOutlet);
  // Neither a transport that fails nor a reader of stdout that went away may end the service.
  for (const stream of [...outlets.map(({ logger }) => logger), output]) stream.on('error', () => undefined);
  let closing: Promise<unknown> | undefined;

  async function close(): Promise<void> {
    await withinMs(Promise.all(outlets.map(finished)), FLUSH_TIMEOUT_MS);
    // Named, since the write that PM2 puts in the place of stdout's may call back only what comes third.
    await withinMs(new Promise<void>((resolve) => output.write('', 'utf8', () => resolve())), FLUSH_TIMEOUT_MS);
  }

  return {
    write(line) {
      if (output.writableLength < BYTES_WAITING_MAX) output.write(`${textOf(line)}\n`);
      if (closing) return;
      for (const { logger, severityMax } of outlets) {
        if (severity[line.level] <= severityMax && logger.writableLength < LINES_WAITING_MAX) logger.log({ ...line });
      }
    },
    close: async () => void (await (closing ??= close())),
  };
}

interface Outlet {
  /** One each: winston pauses all transports of a logger for the slowest one. */
  logger: winston.Logger;
  transport: winston.transport;
  /** Of its own level, looked at before a line is copied for it. */
  severityMax: number;
}

const asItIs = winston.format((info) => info)();

function openOutlet(transport: winston.transport): Outlet {
  const logger = winston.createLogger({ levels: severity, level: 'debug', format: asItIs, transports: [transport] });
  return { logger, transport, severityMax: severity[(transport.level ?? 'debug') as LogLevel] };
}

/** A logger has finished when its transport was given all; the transport when it is done with it. */
async function finished({ logger, transport }: Outlet): Promise<void> {
  const ends = [logger, transport].map(
    (stream) => new Promise<void>((resolve) => stream.once('finish', () => resolve())),
  );
  logger.end();
  await Promise.all(ends);
}

async function withinMs(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
