import { createDeadLetters } from '@mainstay/events';
import { connectRedis, runCommand } from '@mainstay/service';
import { commandConfigSchema } from './config.js';
import { decideDeadLetters, readOrder } from './domain/decide-dead-letters.js';

/**
 * `node dist/dead-letters.js list | replay [id] | discard <id>` handles dead letters: messages that are invalid, or
 * that the store refuses permanently.
 */
await runCommand({ service: 'activity', configSchema: commandConfigSchema, readOrder }, async (address, order) => {
  const redis = await connectRedis(address);
  await decideDeadLetters(createDeadLetters(redis), order, (line) => console.log(line)).finally(() =>
    redis.disconnect(),
  );
});
