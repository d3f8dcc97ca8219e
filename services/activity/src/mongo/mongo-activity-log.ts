import type { ActivityEvent, ActivityLog, Bucket, LoggedEvent } from '../domain/activity-log.js';
import type { EventDocument, EventModels } from './event-model.js';
import { guardReads } from './guarded-reads.js';

/** Without the fields that no reader gets to see. */
const listed = { type: 1, time: 1, data: 1 } as const;
const logged = { ...listed, position: 1, replayed: 1 } as const;

/** `$dateTrunc` would say it shorter; the stand-in for MongoDB does not know it. */
const startFormat: Record<Bucket, string> = { hour: '%Y-%m-%dT%H:00:00.000Z', day: '%Y-%m-%dT00:00:00.000Z' };

/** The event log on MongoDB, as its readers see it. No read takes the server longer than `timeoutMs`. */
export function createMongoActivityLog({ events }: Pick<EventModels, 'events'>, timeoutMs: number): ActivityLog {
  // Its own limits, one after the other, would be more than most callers wait.
  const readFrom = guardReads({ timeLimitMs: timeoutMs + 500 });
  return {
    list: ({ userId, type, period, before, limit }) =>
      readFrom(async () => {
        const found = await events
          .find({
            subjects: userId,
            time: { $gte: period.from, $lt: period.to },
            // Ids sort by time, so one comparison stands for (time, id).
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

    summarize: ({ userId, period, bucket }) =>
      readFrom(async () => {
        const groups = await events
          .aggregate<{ _id: { start: string; type: string }; count: number }>([
            { $match: { subjects: userId, time: { $gte: period.from, $lt: period.to } } },
            {
              $group: {
                _id: { start: { $dateToString: { format: startFormat[bucket], date: '$time' } }, type: '$type' },
                count: { $sum: 1 },
              },
            },
            { $sort: { '_id.start': 1, '_id.type': 1 } },
          ])
          .option({ maxTimeMS: timeoutMs });
        return groups.map(({ _id: { start, type }, count }) => ({ start: new Date(start), type, count }));
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

function eventOf({ _id, type, time, data }: Pick<EventDocument, '_id' | 'type' | 'time' | 'data'>): ActivityEvent {
  return { id: _id, type, time, data };
}

function loggedEventOf(document: EventDocument): LoggedEvent {
  return { ...eventOf(document), position: document.position, replayed: document.replayed === true };
}
