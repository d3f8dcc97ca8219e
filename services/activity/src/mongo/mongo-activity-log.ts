import { guardOperations } from '@mainstay/mongo';
import type {
  ActivityEvent,
  ActivityLog,
  Bucket,
  BucketCount,
  BucketRule,
  LoggedEvent,
} from '../domain/activity-log.js';
import { bucketStart, stretchesOf, type Stretch } from '../domain/local-buckets.js';
import type { EventDocument, EventModels } from './event-model.js';

const listed = { type: 1, time: 1, data: 1 } as const;
const logged = { ...listed, position: 1, replayed: 1 } as const;

/** `$dateTrunc` would be simpler, but platform/src/stores/mongod-stand-in.ts does not support that operator. */
const startFormat: Record<Bucket, string> = { hour: '%Y-%m-%dT%H:00:00.000Z', day: '%Y-%m-%dT00:00:00.000Z' };

/** Reads the event log in MongoDB. The server stops every read after `timeoutMs`. */
export function createMongoActivityLog({ events }: Pick<EventModels, 'events'>, timeoutMs: number): ActivityLog {
  // This limit is needed, because the driver's timeouts add up to more time than most callers wait.
  const readFrom = guardOperations({ timeLimitMs: timeoutMs + 500 });

  function countStretch(userId: string, { from, to, offsetMs }: Stretch, bucket: Bucket): Promise<LocalCount[]> {
    const local = { $dateToString: { format: startFormat[bucket], date: { $add: ['$time', offsetMs] } } };
    return events
      .aggregate<LocalCount>([
        { $match: { subjects: userId, time: { $gte: from, $lt: to } } },
        { $group: { _id: { start: local, type: '$type' }, count: { $sum: 1 } } },
      ])
      .option({ maxTimeMS: timeoutMs })
      .exec();
  }

  return {
    list: ({ userId, type, period, before, limit }) =>
      readFrom(async () => {
        const found = await events
          .find({
            subjects: userId,
            time: { $gte: period.from, $lt: period.to },
            // Ids sort by time, so a comparison of the id is enough.
            ...(before === undefined ? {} : { _id: { $lt: before } }),
            ...(type === undefined ? {} : { type }),
          })
          .select(listed)
          .sort({ time: -1, _id: -1 })
          .limit(limit)
          .maxTimeMS(timeoutMs)
          .lean();
        return found.map(eventOf);
      }),

    summarize: ({ userId, period, ...rule }) =>
      readFrom(async () => {
        const stretches = stretchesOf(period, rule.timeZone);
        const counted = await Promise.all(stretches.map((stretch) => countStretch(userId, stretch, rule.bucket)));
        return mergeCounts(stretches.flatMap((stretch, index) => countsOf(rule, stretch, counted[index] ?? [])));
      }),

    between: ({ userId, after, upTo, limit }) =>
      readFrom(async () => {
        const found = await events
          .find({ subjects: userId, position: { $gt: after, $lte: upTo } })
          .select(logged)
          .sort({ position: 1 })
          .limit(limit)
          .maxTimeMS(timeoutMs)
          .lean();
        return found.map(loggedEventOf);
      }),

    last: ({ userId, upTo }) =>
      readFrom(async () => {
        const found = await events
          .findOne({ subjects: userId, ...(upTo === null ? {} : { position: { $lte: upTo } }) })
          .select(logged)
          .sort({ position: -1 })
          .maxTimeMS(timeoutMs)
          .lean();
        return found && loggedEventOf(found);
      }),

    find: ({ userId, eventId }) =>
      readFrom(async () => {
        const found = await events
          .findOne({ _id: eventId, subjects: userId })
          .select(logged)
          .maxTimeMS(timeoutMs)
          .lean();
        return found && loggedEventOf(found);
      }),
  };
}

interface LocalCount {
  _id: { start: string; type: string };
  count: number;
}

function countsOf(rule: BucketRule, stretch: Stretch, counted: readonly LocalCount[]): BucketCount[] {
  return counted.map(({ _id: { start, type }, count }) => ({
    start: new Date(bucketStart(rule, stretch, Date.parse(start))),
    type,
    count,
  }));
}

/**
 * Adds the two counts of a day on which the UTC offset changes. MongoDB counts the events before the change and the
 * events after the change separately.
 */
function mergeCounts(counts: readonly BucketCount[]): BucketCount[] {
  const merged = new Map<string, BucketCount>();
  for (const { start, type, count } of counts) {
    const name = `${start.toISOString()} ${type}`;
    merged.set(name, { start, type, count: count + (merged.get(name)?.count ?? 0) });
  }
  return [...merged].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, count]) => count);
}

function eventOf({ _id, type, time, data }: Pick<EventDocument, '_id' | 'type' | 'time' | 'data'>): ActivityEvent {
  return { id: _id, type, time, data };
}

function loggedEventOf(document: EventDocument): LoggedEvent {
  return { ...eventOf(document), position: document.position, replayed: document.replayed === true };
}
