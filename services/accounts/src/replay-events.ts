import { parseArgs } from 'node:util';
import { createEventStream } from '@mainstay/events';
import { connectRedis, runCommand } from '@mainstay/service';
import { commandConfigSchema } from './config.js';
import { cursorOf, startOver } from './domain/relay-outbox.js';
import { withClient } from './postgres/with-client.js';
import { newestOutboxPosition, outboxPositionBefore } from './postgres/postgres-outbox.js';

/**
 * `node dist/replay-events.js --from 2026-01-31T00:00:00Z`: the relay sends every event committed since then again.
 * Stored events stay as they are. Live events go first, and live feeds read their history again.
 */
await runCommand(
  { service: 'accounts', configSchema: commandConfigSchema, readOrder: readFrom },
  async ({ databaseUrl, ...address }, from) => {
    const { position, cursor } = await withClient(databaseUrl, async (client) => {
      const position = await outboxPositionBefore(client, from);
      return { position, cursor: startOver(await newestOutboxPosition(client), position) };
    });
    const redis = await connectRedis(address);
    await createEventStream(redis)
      .rewindCursor({ cursor: cursor ? cursorOf(cursor) : null })
      .finally(() => redis.disconnect());
    console.log(`The relay sends again what was committed since ${position ? from.toISOString() : 'the beginning'}.`);
  },
);

function readFrom(args: string[]): Date {
  const from = new Date(typedTime(args) ?? '');
  if (Number.isNaN(from.getTime())) throw new Error('Say from when, as in --from 2026-01-31T00:00:00Z');
  return from;
}

/** Undefined if the arguments are different. */
function typedTime(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { from: { type: 'string' } } }).values.from;
  } catch {
    return undefined;
  }
}
