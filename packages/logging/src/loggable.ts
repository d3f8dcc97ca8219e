import { isNativeError } from 'node:util/types';
import { isSecretName, REDACTED, redactText } from './redact.js';

const DEPTH_MAX = 8;
/** The maximum number of objects that one call copies, because a huge object would block the process for seconds. */
const NODES_MAX = 500;
const ENTRIES_MAX = 100;

/** Only these additional fields of an error are logged, because others can contain whole commands and documents. */
const errorFields = [
  'code',
  'status',
  'type',
  'syscall',
  'address',
  'port',
  'path',
  'severity',
  'schema',
  'table',
  'column',
  'constraint',
] as const;

interface Walk {
  /** The objects that contain the current value, to find cycles. */
  ancestors: Set<object>;
  nodesLeft: number;
}

/** Copies the fields into JSON values without secrets. Never throws. Large values are cut. */
export function loggable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const walk: Walk = { ancestors: new Set(), nodesLeft: NODES_MAX };
  return objectOf(fields, walk);
}

function valueOf(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'number':
      return numberOf(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : guarded(value, walk);
    case 'boolean':
    case 'undefined':
      return value;
  }
}

/** Redacts a card number that is a JSON number. */
function numberOf(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  return value >= 1e13 && redactText(String(value)) === REDACTED ? REDACTED : value;
}

function guarded(value: object, walk: Walk): unknown {
  if (walk.ancestors.has(value)) return '[circular]';
  if (walk.ancestors.size >= DEPTH_MAX || walk.nodesLeft <= 0) return '[cut]';
  walk.nodesLeft -= 1;
  walk.ancestors.add(value);
  try {
    return copyOf(value, walk);
  } catch {
    return '[unreadable]';
  } finally {
    walk.ancestors.delete(value);
  }
}

function copyOf(value: object, walk: Walk): unknown {
  if (isNativeError(value) || value instanceof Error) return errorOf(value, walk);
  if (Array.isArray(value)) return arrayOf(value, walk);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return objectOf(Object.fromEntries(value) as Record<string, unknown>, walk);
  if (value instanceof Set) return arrayOf([...value], walk);
  if (hasToJson(value)) return valueOf(value.toJSON(), walk);
  return objectOf(value as Record<string, unknown>, walk);
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function objectOf(value: Readonly<Record<string, unknown>>, walk: Walk): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  const keys = Object.keys(value);
  for (let at = 0; at < keys.length && at < ENTRIES_MAX; at += 1) {
    const key = keys[at]!;
    // A plain assignment to `__proto__` would change the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, { value: fieldOf(value, key, walk), enumerable: true });
    else copy[key] = fieldOf(value, key, walk);
  }
  if (keys.length > ENTRIES_MAX) copy['…'] = `${keys.length - ENTRIES_MAX} more`;
  return copy;
}

function fieldOf(owner: Readonly<Record<string, unknown>>, key: string, walk: Walk): unknown {
  try {
    const value = owner[key];
    return isSecretName(key) && mayBeSecret(value) ? REDACTED : valueOf(value, walk);
  } catch {
    return '[unreadable]';
  }
}

function arrayOf(values: readonly unknown[], walk: Walk): unknown[] {
  const copy = values.slice(0, ENTRIES_MAX).map((value, index) => {
    // In raw headers, names and values alternate, so the previous item can be the name.
    const name = values[index - 1];
    const follows = typeof name === 'string' && isSecretName(name) && mayBeSecret(value);
    return follows ? REDACTED : valueOf(value, walk);
  });
  return values.length > ENTRIES_MAX ? [...copy, `… ${values.length - ENTRIES_MAX} more`] : copy;
}

/** A boolean is not secret: `{ token: false }` only says that the request has no token. */
function mayBeSecret(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== 'boolean';
}

function errorOf(error: Error, walk: Walk): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const owned = error as unknown as Record<string, unknown>;
  const told = errorFields.flatMap((field) =>
    owned[field] === undefined ? [] : [[field, valueOf(owned[field], walk)]],
  );
  return {
    name: redactText(String(name)),
    message: redactText(String(message)),
    ...(Object.fromEntries(told) as Record<string, unknown>),
    stack: stack === undefined ? undefined : redactText(String(stack)),
    cause: cause === undefined ? undefined : valueOf(cause, walk),
    // `errors` contains the errors of an AggregateError, or the wrong fields of a refused request.
    errors: owned.errors === undefined ? undefined : valueOf(owned.errors, walk),
  };
}
