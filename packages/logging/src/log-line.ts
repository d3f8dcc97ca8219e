import { inspect, styleText } from 'node:util';
import { redactText } from './redact.js';
import { currentContext } from './request-context.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * A line before it is text: `time, level, service, instance, version, requestId, traceId, spanId, userId, message`,
 * then its fields.
 */
export interface LogLine extends Record<string, unknown> {
  time: string;
  level: LogLevel;
  message: string;
}

/** A line with its request. The fields are `loggable` already. */
export function lineOf(
  origin: Record<string, string>,
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): LogLine {
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
    // A field never replaces the line's own. winston's transports ignore a line whose `exception` is true.
    const isTaken = key === 'exception' || (Object.hasOwn(line, key) && line[key] !== value);
    line[isTaken ? `${key}_` : key] = value;
  }
  return line;
}

const colours = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;
const notShownPretty = new Set(['time', 'level', 'message', 'service', 'instance', 'version', 'traceId', 'spanId']);

export function jsonText(line: LogLine): string {
  return JSON.stringify(line);
}

/**
 * For a terminal: time of day, level, service, message, fields; stacks below. Control characters are shown, not sent.
 */
export function prettyText(line: LogLine): string {
  const fields = Object.entries(line).filter(([key, value]) => !notShownPretty.has(key) && value !== undefined);
  const stacks = fields.flatMap(([, value]) => stacksOf(value));
  const shown = fields.map(([key, value]) => `${visible(key)}=${fieldText(value)}`);
  const head = [
    styleText('dim', line.time.slice(11, 23)),
    styleText(colours[line.level], line.level.padEnd(5)),
    styleText('cyan', String(line.service)),
    visible(line.message),
    styleText('dim', shown.join(' ')),
  ];
  return [head.join(' ').trimEnd(), ...stacks].join('\n');
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : visible(JSON.stringify(value));
  if (isLoggedError(value)) return visible(JSON.stringify(`${String(value.name)}: ${String(value.message)}`));
  return visible(typeof value === 'object' ? JSON.stringify(value) : inspect(value));
}

function isLoggedError(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
}

function stacksOf(value: unknown): string[] {
  if (!isLoggedError(value)) return [];
  const lines = String(value.stack).split('\n').map(visible);
  return [`    ${lines.join('\n    ')}`, ...stacksOf(value.cause)];
}

/** Escape sequences in a logged text would otherwise control the reader's terminal. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => {
    return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0') ?? ''}`;
  });
}
