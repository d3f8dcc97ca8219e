/** What the simulated users do, and how often. */
import { randomUUID } from 'node:crypto';
import type { Customer } from '../clients/customer.ts';
import type { Send } from '../clients/http-client.ts';

/** The gateway accepts 100 sign-ins per IP address in 15 minutes, and all simulated users share one IP address. */
const SIGN_IN_EVERY_MS = 20_000;

type Habit = (person: Customer, send: Send, people: Customer[]) => Promise<unknown>;

const read =
  (pathOf: (account: string) => string): Habit =>
  (person, send) =>
    send({ path: pathOf(any(person.accounts)), cookie: person.cookie() });

const habits: [weight: number, habit: Habit][] = [
  [30, read(() => '/v1/accounts')],
  [6, read(() => '/v1/users/me')],
  [16, read((account) => `/v1/accounts/${account}/entries?limit=20`)],
  [12, read(() => '/v1/activity')],
  [4, read(() => '/v1/activity/summary?bucket=day')],
  [3, read(() => '/v1/sessions')],
  [2, read((account) => `/v1/accounts/${account}/statement?format=${any(['csv', 'pdf'])}`)], // fork:remove statements
  [20, (person, send, people) => send(person.payment(randomUUID(), any(any(people).accounts)))],
  [5, (person, send) => send({ ...any(mistakes), cookie: person.cookie() })],
  [2, signInAgain],
];
const mistakes = [
  { path: '/v1/acounts' },
  { path: `/v1/accounts/${randomUUID()}` },
  { path: '/v1/activity?limit=many' },
  { path: '/v1/transfers', body: { amount: 'ten' }, key: 'a mistake' },
  { path: '/v1/accounts', body: { name: 'Everyday', currency: 'Euro' } },
];

/** Lets a random user do one thing, chosen by its weight. */
export function actOnce(send: Send, people: Customer[]): Promise<unknown> {
  let left = Math.random() * habits.reduce((sum, [weight]) => sum + weight, 0);
  const [, habit] = habits.find(([weight]) => (left -= weight) < 0) ?? habits[0]!;
  return habit(any(people), send, people);
}

let signedInAtMs = -Infinity;

/** Signs out and in again. One time in three the first password is wrong. */
async function signInAgain(person: Customer, send: Send): Promise<void> {
  if (performance.now() - signedInAtMs < SIGN_IN_EVERY_MS) return;
  signedInAtMs = performance.now();
  await send({ method: 'DELETE', path: '/v1/session', cookie: person.cookie() });
  if (Math.random() < 1 / 3) await send({ path: '/v1/session', body: { email: person.email, password: 'mistyped' } });
  await person.signIn();
}

function any<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]!;
}
