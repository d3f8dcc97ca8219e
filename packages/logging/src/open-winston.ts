import { Writable } from 'node:stream';
import { within } from '@mainstay/errors';
import winston from 'winston';
import { jsonText, prettyText, type LogLevel, type LogLine } from './log-line.js';

/** `close` waits for the transports, then for stdout. Each wait has this time limit. */
const FLUSH_TIMEOUT_MS = 5_000;
/** The maximum number of lines that wait for a transport. Further lines are dropped. */
const LINES_WAITING_MAX = 1_000;
/** The maximum number of bytes that wait for stdout. Further lines are dropped. */
const BYTES_WAITING_MAX = 16 * 1024 * 1024;

/** winston's transports read the text of a line from this property. */
const MESSAGE = Symbol.for('message');

export const severity = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<LogLevel, number>;

interface WinstonOptions {
  level: LogLevel | 'silent';
  output: Writable;
  pretty: boolean;
  transports: winston.transport[];
}

/** Opens winston with stdout and the given transports. */
export function openWinston({ level, output, pretty, transports }: WinstonOptions) {
  const outlets = transports.map(openOutlet);
  const logger = winston.createLogger({
    levels: severity,
    level: level === 'silent' ? 'error' : level,
    format: textFormat({ textOf: pretty ? prettyText : jsonText }),
    transports: [new StdoutTransport(output), ...outlets.map(({ transport }) => transport)],
  });
  // Ignore write errors, so that the service continues if the process that reads stdout ends.
  for (const stream of [logger, output]) stream.on('error', () => undefined);
  let closing: Promise<void> | undefined;

  async function flush(): Promise<void> {
    for (const { transport } of outlets) logger.remove(transport);
    await untilTimeout(Promise.all(outlets.map((outlet) => outlet.finish())));
    // Under PM2, `write` calls the callback only if it is the third argument.
    await untilTimeout(new Promise<void>((resolve) => output.write('', 'utf8', () => resolve())));
  }

  return { logger, close: () => (closing ??= flush()) };
}

const textFormat = winston.format((line, options) => {
  const { textOf } = options as { textOf: (line: LogLine) => string };
  line[MESSAGE] = textOf(line as unknown as LogLine);
  return line;
});

/** Calls `next` at once, so that a slow stdout never pauses the logger. */
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

/** winston pauses a logger while one of its transports is slow. An *outlet* gives one transport its own logger. */
interface Outlet {
  transport: winston.transport;
  /** Resolves when the transport has written every line. */
  finish(): Promise<void>;
}

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

async function untilTimeout(writing: Promise<unknown>): Promise<void> {
  await within(writing, FLUSH_TIMEOUT_MS).catch(() => undefined);
}
