import { inspect, styleText } from 'node:util';
import { redactText } from './redact.js';
import { currentContext } from './request-context.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A log line before conversion to text. */
export interface LogLine extends Record<string, unknown> {
  time: string;
  level: LogLevel;
  message: string;
}

export interface LogOrigin {
  service: string;
  instance: string;
  version: string;
}

/** Makes a line with the ids of the current request. */
export function lineOf({ service, instance, version }: LogOrigin, level: LogLevel, message: string): LogLine {
  const context = currentContext();
  return {
    time: new Date().toISOString(),
    level,
    service,
    instance,
    version,
    requestId: context?.requestId,
    traceId: context?.traceId,
    spanId: context?.spanId,
    userId: context?.userId,
    message: redactText(String(message)),
  };
}

/** Adds the caller's fields. If a name is taken, adds `_`: `status` → `status_`. */
export function addFields(line: LogLine, fields: Readonly<Record<string, unknown>>): void {
  for (const key in fields) {
    const value = fields[key];
    // `exception` counts as taken, because winston's transports ignore a line whose `exception` is true.
    const isTaken = key === 'exception' || (Object.hasOwn(line, key) && line[key] !== undefined && line[key] !== value);
    line[isTaken ? `${key}_` : key] = value;
  }
}

const colours = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;
const notShownPretty = new Set(['time', 'level', 'message', 'service', 'instance', 'version', 'traceId', 'spanId']);

export function jsonText(line: LogLine): string {
  return JSON.stringify(line);
}

/** Returns the text for a terminal. The stacks of errors follow on their own lines. */
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

/** Escapes control characters, because a terminal would obey them. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => {
    return `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0') ?? ''}`;
  });
}
