import { parseArgs } from 'node:util';
import { loadConfig } from '@mainstay/config';
import { createEventStream } from '@mainstay/events';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { commandConfigSchema } from './config.js';
import { cursorOf } from './domain/relay-outbox.js';
import { outboxPositionBefore } from './postgres/postgres-outbox.js';

/**
 * `node dist/replay-events.js --from 2026-01-31T00:00:00Z`: has the relay send again every event committed since then.
 * Events that are stored already stay as they are; live feeds are told to read anew.
 */
try {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  const from = new Date(values.from ?? '');
  if (Number.isNaN(from.getTime())) throw new Error('Say from when, as in --from 2026-01-31T00:00:00Z');
  const { databaseUrl, redisUrl } = loadConfig({ service: 'accounts', schema: commandConfigSchema });
  const client = new Client({ connectionString: databaseUrl.reveal(), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // The query that is under way rejects with the same error.
  await client.connect();
  const position = await outboxPositionBefore(client, from).finally(() => client.end());
  const redis = new Redis(redisUrl.reveal(), { maxRetriesPerRequest: 1, lazyConnect: true });
  await redis.connect();
  await createEventStream(redis)
    .rewindCursor({ cursor: position ? cursorOf(position) : null })
    .finally(() => redis.disconnect());
  console.log(`The relay sends again what was committed since ${position ? from.toISOString() : 'the beginning'}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
