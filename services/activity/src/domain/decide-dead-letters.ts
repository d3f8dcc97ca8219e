import type { DeadLetter, DeadLetters } from '@mainstay/events';

const usage = `list           shows every dead letter, oldest first, as one JSON line each
replay         puts all that are there now back into the stream
replay <id>    puts one back
discard <id>   forgets one for good`;

/**
 * Carries out what an operator wants done with the dead letters, and prints the outcome.
 * @throws Error in words for the operator: no such command, no such letter
 */
export async function decideDeadLetters(
  deadLetters: DeadLetters,
  [command, id]: string[],
  print: (line: string) => void,
): Promise<void> {
  if (command === 'list') {
    for await (const letter of lettersOf(deadLetters)) print(JSON.stringify(letter));
  } else if (command === 'replay') {
    print(`${String(await replay(deadLetters, id))} put back into the stream.`);
  } else if (command === 'discard' && id !== undefined) {
    assertFound(await deadLetters.discard(id), id);
    print('Discarded.');
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
