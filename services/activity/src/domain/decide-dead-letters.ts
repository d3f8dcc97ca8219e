import type { DeadLetter, DeadLetters } from '@mainstay/events';

const USAGE = `Say what to do with the dead letters:
list           shows every dead letter, oldest first, as one JSON line each
replay         sends all current dead letters to the stream again
replay <id>    sends one dead letter to the stream again
discard <id>   deletes one dead letter permanently`;

export type Order =
  { command: 'list' } | { command: 'replay'; id: string | undefined } | { command: 'discard'; id: string };

/**
 * Parses the arguments of the command.
 * @throws Error with the usage if the arguments are wrong
 */
export function readOrder([command, id, ...rest]: string[]): Order {
  if (command === 'list' && id === undefined) return { command };
  if (command === 'replay' && rest.length === 0) return { command, id };
  if (command === 'discard' && id !== undefined && rest.length === 0) return { command, id };
  throw new Error(USAGE);
}

/**
 * Runs the command of `order` on the dead letters, and prints the result.
 * @throws Error with a message for the operator if no dead letter has the id in `order`
 */
export async function decideDeadLetters(
  deadLetters: DeadLetters,
  order: Order,
  print: (line: string) => void,
): Promise<void> {
  switch (order.command) {
    case 'list':
      for await (const letter of lettersOf(deadLetters)) print(JSON.stringify(letter));
      break;
    case 'replay':
      print(`${String(await replay(deadLetters, order.id))} sent to the stream again.`);
      break;
    case 'discard':
      assertFound(await deadLetters.discard(order.id), order.id);
      print('Discarded.');
      break;
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
    // A replayed event that fails again becomes a new dead letter at the end of the list. So without this check, the
    // loop might never end.
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
