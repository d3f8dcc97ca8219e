import { idFloor, instantOfId, type EventStore, type ReceivedEvent, type SaveResult } from '@mainstay/events';
import { isPassing } from '@mainstay/mongo';
import { mongo } from 'mongoose';
import type { ExpiringStore } from '../domain/expire-events.js';
import type { EventDocument, EventModels } from './event-model.js';

const DUPLICATE_KEY = 11_000;
/**
 * MongoDB's error codes for an invalid document, if MongoDB refuses a whole batch. Every other code of such an error
 * means an outage. The event of an invalid document becomes a dead letter after `EVENT_ATTEMPTS_MAX` attempts.
 */
const refusalCodes = new Set([2, 9, 14, 15, 22, 52, 55, 57, 121, 171, 10_334, 17_280]);
/**
 * MongoDB confirms a write after most servers have stored the write. So the loss of one server does not lose a
 * confirmed write.
 */
const writeConcern = { w: 'majority', journal: true } as const;

/** Writes the event log to MongoDB. */
export function createMongoEventStore({ events, markers }: EventModels, timeoutMs: number): EventStore & ExpiringStore {
  // Use the driver, because mongoose's unordered insertMany skips documents that it finds invalid, without an error.
  const collection = events.collection as unknown as mongo.Collection<EventDocument>;

  async function save(received: readonly ReceivedEvent[]): Promise<SaveResult> {
    const documents = received.map(documentOf);
    try {
      await collection.insertMany(documents, { ordered: false, writeConcern });
      return { inserted: new Set(documents.map(({ _id }) => _id)), refused: [] };
    } catch (error) {
      return (await resultOf(error, received, documents)) ?? throwOutage(error);
    }
  }

  async function resultOf(
    error: unknown,
    received: readonly ReceivedEvent[],
    documents: readonly EventDocument[],
  ): Promise<SaveResult | undefined> {
    const writeErrors = writeErrorsOf(error);
    if (writeErrors.length > 0) return resultOfWriteErrors(writeErrors, documents);
    const unwritable = documents.flatMap(unwritableReason);
    if (unwritable.length > 0) return saveWithout(unwritable, received);
    if (!isRefusal(error)) return undefined;
    // MongoDB refused the batch, but the error does not show which document is invalid. So insert each document alone.
    const [only, ...others] = received;
    if (only && others.length === 0) return { inserted: new Set(), refused: [refusalOf(only.event.id, error)] };
    return merged(await oneByOne(received));
  }

  async function saveWithout(refused: SaveResult['refused'], received: readonly ReceivedEvent[]): Promise<SaveResult> {
    const ids = new Set(refused.map(({ eventId }) => eventId));
    const rest = received.filter(({ event }) => !ids.has(event.id));
    return merged([{ inserted: new Set(), refused }, ...(rest.length > 0 ? [await save(rest)] : [])]);
  }

  async function oneByOne(received: readonly ReceivedEvent[]): Promise<SaveResult[]> {
    const results: SaveResult[] = [];
    for (const one of received) results.push(await save([one]));
    return results;
  }

  return {
    save,
    async readMarker() {
      return (await markers.findById('marker').maxTimeMS(timeoutMs).lean())?.value ?? null;
    },
    async writeMarker(value) {
      await events.createIndexes();
      await markers.updateOne({ _id: 'marker' }, { $set: { value } }, { upsert: true, writeConcern });
    },
    async deleteBefore(instant, limit) {
      const old = await events
        .find({ _id: { $lt: idFloor(instant) } })
        .select({ _id: 1 })
        .sort({ _id: 1 })
        .limit(limit)
        .maxTimeMS(timeoutMs)
        .lean();
      if (old.length === 0) return 0;
      await events.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } });
      return old.length;
    },
  };
}

function documentOf({ event, position, replayed }: ReceivedEvent): EventDocument {
  return {
    _id: event.id,
    type: event.type,
    version: event.version,
    time: instantOfId(event.id),
    subjects: [...event.subjects],
    source: event.source,
    ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
    ...(event.requestId === undefined ? {} : { requestId: event.requestId }),
    data: { ...event.data },
    position,
    ...(replayed ? { replayed } : {}),
  };
}

/** Returns the errors of single documents. If the whole batch failed, returns an empty list. */
function writeErrorsOf(error: unknown): mongo.WriteError[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) return [];
  if (error.result.getWriteConcernError()) return [];
  return [error.writeErrors].flat();
}

function resultOfWriteErrors(
  writeErrors: readonly mongo.WriteError[],
  documents: readonly EventDocument[],
): SaveResult | undefined {
  const failed = new Map(writeErrors.map((error) => [error.index, error]));
  if (writeErrors.some(({ code }) => isPassing(code))) return undefined;
  return {
    inserted: new Set(documents.flatMap(({ _id }, index) => (failed.has(index) ? [] : [_id]))),
    refused: documents.flatMap(({ _id }, index) => {
      const error = failed.get(index);
      const isRefused = error !== undefined && Number(error.code) !== DUPLICATE_KEY;
      return isRefused ? [{ eventId: _id, reason: error.errmsg ?? String(error.code) }] : [];
    }),
  };
}

/** Returns a refusal if BSON cannot represent the document, for example because a field name contains a zero byte. */
function unwritableReason(document: EventDocument): SaveResult['refused'] {
  try {
    mongo.BSON.serialize(document);
    return [];
  } catch (error) {
    return [refusalOf(document._id, error)];
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && refusalCodes.has(Number(error.code));
}

function refusalOf(eventId: string, error: unknown) {
  return { eventId, reason: error instanceof Error ? error.message : String(error) };
}

function merged(results: readonly SaveResult[]): SaveResult {
  return {
    inserted: new Set(results.flatMap(({ inserted }) => [...inserted])),
    refused: results.flatMap(({ refused }) => refused),
  };
}

function throwOutage(error: unknown): never {
  throw error;
}
