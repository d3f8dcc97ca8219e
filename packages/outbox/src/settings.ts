import { integer } from '@mainstay/config';
import { redisSettings } from '@mainstay/service';

/** The settings of an outbox. Spread them into the schema of a service with a database. */
export const outboxSettings = {
  ...redisSettings('the event stream'),
  eventRetentionDays: integer({ min: 1, max: 3_650 })
    .default(30)
    .describe('Number of days for which the outbox keeps events.'),
  streamBacklogMax: integer({ min: 1 })
    .default(100_000)
    .describe(
      'While the event stream contains this number of messages or more, the service does not add events from the outbox.',
    ),
};
