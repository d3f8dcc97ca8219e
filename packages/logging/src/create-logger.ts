import { hostname } from 'node:os';
import type { Writable } from 'node:stream';
import type winston from 'winston';
import { addFields, lineOf, type LogLevel } from './log-line.js';
import { loggable } from './loggable.js';
import { openWinston, severity } from './open-winston.js';

export type LogFields = Readonly<Record<string, unknown>>;

/** The methods of a log never throw. Pass an Error as `fields.error`. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Returns a log that adds these fields to each line. */
  child(fields: LogFields): Log;
  /** Writes all waiting lines. Waits at most 5 s for the transports, then at most 5 s for stdout. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  service: string;
  version: string;
  /** Default: host name and process id. */
  instance?: string;
  /** Default: info. */
  level?: LogLevel | 'silent';
  /** True writes readable lines instead of JSON. Default: true if the output is a terminal. */
  pretty?: boolean;
  /** Default: stdout. */
  output?: Writable & { isTTY?: boolean };
  /** Further outputs for the redacted lines. If one transport fails, the other transports continue. */
  transports?: winston.transport[];
}

/** Creates a logger. Each line is JSON with the ids of the current request. Secrets are redacted. */
export function createLogger(options: LoggerOptions): Log {
  const { service, version, level = 'info', output = process.stdout } = options;
  const { instance = `${hostname()}-${process.pid}`, pretty = output.isTTY ?? false, transports = [] } = options;
  const origin = { service, instance, version };
  const { logger, close } = openWinston({ level, output, pretty, transports });

  function logWith(bound: LogFields): Log {
    const isBound = Object.keys(bound).length > 0;
    function write(lineLevel: LogLevel, message: string, fields?: LogFields): void {
      if (level === 'silent' || severity[lineLevel] > severity[level]) return;
      const line = lineOf(origin, lineLevel, message);
      const own = fields && loggable(fields);
      addFields(line, own && isBound ? { ...bound, ...own } : (own ?? bound));
      logger.log(line);
    }
    return {
      debug: (message, fields) => write('debug', message, fields),
      info: (message, fields) => write('info', message, fields),
      warn: (message, fields) => write('warn', message, fields),
      error: (message, fields) => write('error', message, fields),
      child: (fields) => logWith({ ...bound, ...loggable(fields) }),
      close,
    };
  }
  return logWith({});
}
