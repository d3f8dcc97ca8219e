// @ts-check
import { setTimeout as delay } from 'node:timers/promises';
import { openClient, openPeople, payment } from '../observability/people.mjs';

const connections = 16;

/** @typedef {{ sent: number, answered: Record<string, number>, lost: number }} LoadCounts answered: by status */

/**
 * So many requests a second, no more, each sent once: of six three looks at an account, two payments and one look at what has happened.
 * @param {string} url @param {number} ratePerS
 * @returns {Promise<{ counts: LoadCounts, stop: () => Promise<void> }>}
 */
export async function startSteadyLoad(url, ratePerS) {
  const client = openClient(url, connections);
  const people = await openPeople(client, connections);
  /** @type {LoadCounts} */
  const counts = { sent: 0, answered: {}, lost: 0 };
  let isStopped = false;

  /** @param {import('../observability/people.mjs').Person} person */
  async function live(person) {
    const everyMs = (1_000 * people.length) / ratePerS;
    let dueMs = performance.now() + Math.random() * everyMs;
    while (!isStopped) {
      await delay(Math.max(0, dueMs - performance.now()));
      dueMs = Math.max(dueMs + everyMs, performance.now() - everyMs);
      counts.sent += 1;
      await client.ask(nextOf(person, counts.sent)).then(
        ({ status }) => (counts.answered[status] = (counts.answered[status] ?? 0) + 1),
        () => (counts.lost += 1),
      );
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

/** @param {import('../observability/people.mjs').Person} person @param {number} turn */
function nextOf(person, turn) {
  const { cookie, from } = person;
  if (turn % 6 < 2) return payment(person);
  return { method: 'GET', path: turn % 6 === 2 ? '/v1/activity' : `/v1/accounts/${from}`, cookie };
}
