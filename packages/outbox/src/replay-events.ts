import { parseArgs } from 'node:util';
import { createEventStream } from '@mainstay/events';
import { connectRedis, redisSettings, runCommand } from '@mainstay/service';
import { postgresSettings, withClient } from '@mainstay/postgres';
import { z } from 'zod';
import { newestOutboxPosition, outboxPositionBefore } from './postgres-outbox.js';
import { cursorOf, startOver } from './relay-outbox.js';
import type { OutboxOptions } from './start-outbox.js';

const configSchema = z.object({ databaseUrl: postgresSettings.databaseUrl, ...redisSettings('the event stream') });

/**
 * The command `dist/replay-events.js --from 2026-01-31T00:00:00Z`. It makes the relay send all events since this time
 * again.
 */
export function replayEvents({ service, isFirst = false }: Pick<OutboxOptions, 'service' | 'isFirst'>): Promise<void> {
  return runCommand({ service, configSchema, readOrder: readFrom }, async ({ databaseUrl, ...address }, from) => {
    const { position, cursor } = await withClient(databaseUrl, async (client) => {
      const position = await outboxPositionBefore(client, from);
      return { position, cursor: startOver(await newestOutboxPosition(client), position) };
    });
    const redis = await connectRedis(address);
    await createEventStream(redis, { outbox: isFirst ? undefined : service })
      .rewindCursor({ cursor: cursor ? cursorOf(cursor) : null })
      .finally(() => redis.disconnect());
    console.log(
      `The relay sends every event again whose transaction began since ${position ? from.toISOString() : 'the beginning'}.`,
    );
  });
}

function readFrom(args: string[]): Date {
  const from = new Date(typedTime(args) ?? '');
  if (Number.isNaN(from.getTime())) throw new Error('Name the time: --from 2026-01-31T00:00:00Z');
  return from;
}

function typedTime(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { from: { type: 'string' } } }).values.from;
  } catch {
    return undefined;
  }
}
