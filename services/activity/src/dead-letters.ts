import { loadConfig } from '@mainstay/config';
import { createDeadLetters, type DeadLetter, type DeadLetters } from '@mainstay/events';
import { Redis } from 'ioredis';
import { commandConfigSchema } from './config.js';

const usage = `node dist/dead-letters.js list           shows every dead letter, oldest first, as one JSON line each
node dist/dead-letters.js replay         puts all that are there now back into the stream
node dist/dead-letters.js replay <id>    puts one back
node dist/dead-letters.js discard <id>   forgets one for good`;

/** Looks at the events that could not be stored for their own sake, and decides what becomes of them. */
try {
  const { redisUrl } = loadConfig({ service: 'activity', schema: commandConfigSchema });
  const redis = new Redis(redisUrl.reveal(), { maxRetriesPerRequest: 1, commandTimeout: 10_000, lazyConnect: true });
  await redis.connect();
  await run(createDeadLetters(redis), process.argv.slice(2)).finally(() => redis.disconnect());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function run(deadLetters: DeadLetters, [command, id]: string[]): Promise<void> {
  if (command === 'list') {
    for await (const letter of lettersOf(deadLetters)) console.log(JSON.stringify(letter));
  } else if (command === 'replay') {
    console.log(`${String(await replay(deadLetters, id))} put back into the stream.`);
  } else if (command === 'discard' && id !== undefined) {
    assertFound(await deadLetters.discard(id), id);
    console.log('Discarded.');
  } else {
    throw new Error(usage);
  }
}

async function replay(deadLetters: DeadLetters, id: string | undefined): Promise<number> {
  if (id !== undefined) {
    assertFound(await deadLetters.replay(id), id);
    return 1;
  }
  let replayed = 0;
  const startedAt = new Date();
  for await (const letter of lettersOf(deadLetters)) {
    // What dies again meanwhile stands behind these, and is not tried for ever.
    if (letter.diedAt > startedAt) break;
    if (await deadLetters.replay(letter.id)) replayed += 1;
  }
  return replayed;
}

async function* lettersOf(deadLetters: DeadLetters): AsyncGenerator<DeadLetter> {
  let after: string | undefined;
  do {
    const letters = await deadLetters.list({ ...(after === undefined ? {} : { after }), limit: 100 });
    yield* letters;
    after = letters.at(-1)?.id;
  } while (after !== undefined);
}

function assertFound(isFound: boolean, id: string): void {
  if (!isFound) throw new Error(`There is no dead letter ${id}.`);
}
