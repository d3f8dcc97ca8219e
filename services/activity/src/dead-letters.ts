import { loadConfig } from '@mainstay/config';
import { createDeadLetters } from '@mainstay/events';
import { Redis } from 'ioredis';
import { commandConfigSchema } from './config.js';
import { decideDeadLetters } from './domain/decide-dead-letters.js';

/** `node dist/dead-letters.js list | replay [id] | discard <id>`: the events that could not be stored for their own sake. */
try {
  const { redisUrl } = loadConfig({ service: 'activity', schema: commandConfigSchema });
  const redis = new Redis(redisUrl.reveal(), { maxRetriesPerRequest: 1, commandTimeout: 10_000, lazyConnect: true });
  await redis.connect();
  await decideDeadLetters(createDeadLetters(redis), process.argv.slice(2), (line) => console.log(line)).finally(() =>
    redis.disconnect(),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
