import { parseArgs } from 'node:util';
import { createEventStream } from '@mainstay/events';
import { connectRedis, runCommand } from '@mainstay/service';
import { commandConfigSchema } from './config.js';
import { cursorOf } from './domain/relay-outbox.js';
import { withClient } from './postgres/with-client.js';
import { outboxPositionBefore } from './postgres/postgres-outbox.js';

/**
 * `node dist/replay-events.js --from 2026-01-31T00:00:00Z`: has the relay send again every event committed since then.
 * Events that are stored already stay as they are; live feeds are told to read anew.
 */
await runCommand({ service: 'accounts', configSchema: commandConfigSchema }, async ({ databaseUrl, redisUrl }) => {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  const from = new Date(values.from ?? '');
  if (Number.isNaN(from.getTime())) throw new Error('Say from when, as in --from 2026-01-31T00:00:00Z');
  const position = await withClient(databaseUrl, (client) => outboxPositionBefore(client, from));
  const redis = await connectRedis(redisUrl);
  await createEventStream(redis)
    .rewindCursor({ cursor: position ? cursorOf(position) : null })
    .finally(() => redis.disconnect());
  console.log(`The relay sends again what was committed since ${position ? from.toISOString() : 'the beginning'}.`);
});
