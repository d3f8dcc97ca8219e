import { Writable } from 'node:stream';
import { within } from '@mainstay/errors';
import winston from 'winston';
import { jsonText, prettyText, type LogLevel, type LogLine } from './log-line.js';

/** How long `close` waits for transports beyond stdout. */
const FLUSH_TIMEOUT_MS = 5_000;
/** Lines that a transport may lag behind; it does not get further ones. */
const LINES_WAITING_MAX = 1_000;
/** Bytes that a slow reader of stdout may lag behind. Later lines are lost, and the process continues. */
const BYTES_WAITING_MAX = 16 * 1024 * 1024;

/** Where winston's transports find the text of a line. */
const MESSAGE = Symbol.for('message');

export const severity = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

interface WinstonOptions {
  level: LogLevel | 'silent';
  output: Writable;
  pretty: boolean;
  transports: winston.transport[];
}

/**
 * winston with stdout and the further transports. Its format is one `JSON.stringify`; the line's content is decided
 * before.
 */
export function openWinston({ level, output, pretty, transports }: WinstonOptions) {
  const outlets = transports.map(openOutlet);
  const logger = winston.createLogger({
    levels: severity,
    level: level === 'silent' ? 'error' : level,
    format: textFormat({ textOf: pretty ? prettyText : jsonText }),
    transports: [new StdoutTransport(output), ...outlets.map(({ transport }) => transport)],
  });
  // A closed reader of stdout does not end the service.
  for (const stream of [logger, output]) stream.on('error', () => undefined);
  let closing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    for (const { transport } of outlets) logger.remove(transport);
    await orLeave(Promise.all(outlets.map((outlet) => outlet.finish())));
    // A named callback as the third argument: PM2 replaces stdout's `write` with one that may call only that argument.
    await orLeave(new Promise<void>((resolve) => output.write('', 'utf8', () => resolve())));
  }

  return { logger, close: () => (closing ??= flush()) };
}

const textFormat = winston.format((line, options) => {
  const { textOf } = options as { textOf: (line: LogLine) => string };
  line[MESSAGE] = textOf(line as unknown as LogLine);
  return line;
});

/** A bounded transport to stdout. It calls back at once, so stdout never pauses the logger. */
class StdoutTransport extends winston.transports.Stream {
  readonly #output: Writable;

  constructor(output: Writable) {
    super({ stream: output as unknown as NodeJS.WritableStream, eol: '\n' });
    this.#output = output;
  }

  override log(line: LogLine & { [MESSAGE]?: string }, next: () => void): void {
    if (this.#output.writableLength < BYTES_WAITING_MAX) this.#output.write(`${line[MESSAGE]}\n`);
    next();
  }
}

interface Outlet {
  transport: winston.transport;
  /** Resolves when the transport has handled every line. */
  finish(): Promise<void>;
}

/**
 * winston pauses all transports of a logger for the slowest one. So a transport beyond stdout has its own logger,
 * behind a transport that never waits. If it fails or hangs, only its own lines are lost.
 */
function openOutlet(transport: winston.transport): Outlet {
  const { level = 'debug' } = transport;
  const logger = winston.createLogger({ levels: severity, level, format: asItIs, transports: [transport] });
  logger.on('error', () => undefined);
  const stream = new Writable({
    objectMode: true,
    write(line: LogLine, _encoding, done) {
      if (logger.writableLength < LINES_WAITING_MAX) logger.log({ ...line });
      done();
    },
  });
  return {
    transport: new winston.transports.Stream({ stream, level }),
    async finish() {
      const ends = [logger, transport].map((ending) => new Promise<void>((resolve) => ending.once('finish', resolve)));
      logger.end();
      await Promise.all(ends);
    },
  };
}

const asItIs = winston.format((line) => line)();

/** Lines that are not written in time are lost. */
async function orLeave(writing: Promise<unknown>): Promise<void> {
  await within(writing, FLUSH_TIMEOUT_MS).catch(() => undefined);
}
