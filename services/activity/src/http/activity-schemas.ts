import { pageOf, pageQuery, periodQuery, timeZone } from '@mainstay/service/requests';
import { z } from 'zod';

const eventType = z
  .string()
  .max(64)
  .regex(/^[a-z_]+(\.[a-z_]+)+$/, { error: 'must be an event type such as transfer.completed' })
  .meta({ description: 'Only events of this type.', examples: ['transfer.completed'] });

export const activityQuery = z.strictObject({ type: eventType.optional(), ...periodQuery, ...pageQuery });

export const summaryQuery = z.strictObject({
  ...periodQuery,
  bucket: z
    .enum(['hour', 'day'], { error: 'must be hour or day' })
    .default('day')
    .meta({ description: 'Length of a bucket; at most 1000 buckets.' }),
  timeZone,
});

const time = z.iso.datetime().meta({ examples: ['2026-01-31T09:30:00.000Z'] });

export const activityEvent = z
  .object({
    id: z.uuid({ version: 'v7' }),
    type: z.string().meta({ examples: ['transfer.completed'] }),
    time: time.meta({ description: 'Time of the event. It equals the timestamp in the id.' }),
    data: z.record(z.string(), z.unknown()).meta({
      description: 'Details of the event. The fields depend on the type.',
      examples: [{ accountId: '019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab', name: 'Savings', currency: 'EUR' }],
    }),
  })
  .meta({ id: 'Event' });

export const activityPage = pageOf(activityEvent).meta({ id: 'EventPage' });

export const activitySummary = z
  .object({
    buckets: z.array(
      z.object({
        start: time.meta({ description: 'The first instant of the hour or day.' }),
        type: z.string().meta({ examples: ['transfer.completed'] }),
        count: z
          .int()
          .positive()
          .meta({ examples: [3] }),
      }),
    ),
  })
  .meta({ id: 'ActivitySummary' });

/** The content of a list cursor: the id of the last event on the page. */
export const listPosition = z.string();
