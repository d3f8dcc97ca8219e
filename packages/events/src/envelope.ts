import { z } from 'zod';
import { eventTypes, isKnownType } from './event-types.js';
import { instantOfId } from './event-id.js';

/** No event comes near this size, so a larger message is a mistake of its producer. */
export const MESSAGE_BYTES_MAX = 64 * 1024;
const SUBJECTS_MAX = 16;
/** MongoDB accepts 100 levels of nesting. This limit is lower, because other stores accept fewer levels. */
const NESTING_MAX = 32;

const envelopeSchema = z
  .object({
    id: z.uuidv7().lowercase(),
    type: z
      .string()
      .regex(/^[a-z][a-z0-9_]*(\.[a-z_]+)+$/)
      .max(64),
    version: z.int().positive(),
    time: z.iso.datetime(),
    subjects: z.array(z.uuid()).min(1).max(SUBJECTS_MAX),
    source: z.string().min(1).max(64),
    traceparent: z.string().max(128).optional(),
    requestId: z.string().max(128).optional(),
    data: z.record(z.string(), z.unknown()),
  })
  .refine((event) => Date.parse(event.time) === instantOfId(event.id).getTime(), {
    path: ['time'],
    message: 'must be the timestamp inside the id',
  });

/** The message from a service to the event store. `time` is the timestamp inside `id`. */
export interface EventEnvelope {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly time: string;
  readonly subjects: readonly string[];
  readonly source: string;
  readonly traceparent?: string | undefined;
  /** The id of the request that caused the event. Events of releases before 1.0 have no request id. */
  readonly requestId?: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

export type ParsedEvent = { ok: true; event: EventEnvelope } | { ok: false; reason: string };

/** Parses one message. Keeps data fields, types and versions that this release does not know. */
export function parseEvent(message: string): ParsedEvent {
  if (Buffer.byteLength(message) > MESSAGE_BYTES_MAX) return refused(`larger than ${String(MESSAGE_BYTES_MAX)} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    return refused('not JSON');
  }
  if (isNestedDeeper(json, NESTING_MAX)) return refused(`nested deeper than ${String(NESTING_MAX)} levels`);
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return refused(sentenceOf(envelope.error));
  const event: EventEnvelope = envelope.data;
  if (isKnownType(event.type) && eventTypes[event.type].version === event.version) {
    const data = eventTypes[event.type].data.safeParse(event.data);
    if (!data.success) return refused(sentenceOf(data.error, 'data'));
  }
  return { ok: true, event };
}

/** Checks level by level, because a recursive check would overflow the stack on very deep data. */
function isNestedDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth += 1) {
    level = level.flatMap((one): unknown[] => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}

function refused(reason: string): ParsedEvent {
  return { ok: false, reason };
}

function sentenceOf(error: z.ZodError, ...prefix: string[]): string {
  return error.issues.map((issue) => `${[...prefix, ...issue.path].join('.') || 'event'}: ${issue.message}`).join('; ');
}
