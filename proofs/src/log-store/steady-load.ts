import { setTimeout as delay } from 'node:timers/promises';
import { openClient, openPeople, payment } from '../people.ts';
import type { Asked, Person } from '../people.ts';

const connections = 16;

/** As a client would, who is told when to come again. */
const repeatAfterMs = 1_000;
const attemptsMax = 30;

/** refused: 503 of a platform that has more to do than it can, sent again later. lost: what was not served in the end */
export interface LoadCounts {
  sent: number;
  served: number;
  refused: number;
  lost: string[];
}

/** So many requests a second, no more: of six three looks at an account, two payments and one look at what has happened. */
export async function startSteadyLoad(
  url: string,
  ratePerS: number,
): Promise<{ counts: LoadCounts; stop: () => Promise<void> }> {
  const client = openClient(url, connections);
  const people = await openPeople(client, connections);
  const counts: LoadCounts = { sent: 0, served: 0, refused: 0, lost: [] };
  let isStopped = false;

  async function serve(asked: Asked) {
    let outcome = '';
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      outcome = await client.ask(asked).then(
        ({ status }) => String(status),
        (error) => String(error),
      );
      if (outcome !== '503') break;
      counts.refused += 1;
      await delay(repeatAfterMs);
    }
    if (outcome.startsWith('2')) counts.served += 1;
    else counts.lost.push(`${asked.method} ${asked.path}: ${outcome}`);
  }

  async function live(person: Person) {
    const everyMs = (1_000 * people.length) / ratePerS;
    let dueMs = performance.now() + Math.random() * everyMs;
    while (!isStopped) {
      await delay(Math.max(0, dueMs - performance.now()));
      dueMs = Math.max(dueMs + everyMs, performance.now() - everyMs);
      counts.sent += 1;
      await serve(nextOf(person, counts.sent));
    }
  }

  const living = people.map(live);
  return {
    counts,
    async stop() {
      isStopped = true;
      await Promise.all(living);
      client.close();
    },
  };
}

function nextOf(person: Person, turn: number) {
  const { cookie, from } = person;
  if (turn % 6 < 2) return payment(person);
  return { method: 'GET', path: turn % 6 === 2 ? '/v1/activity' : `/v1/accounts/${from}`, cookie };
}
