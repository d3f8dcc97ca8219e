/** What people do, and how often. */
import { randomUUID } from 'node:crypto';
import { signIn } from './people.ts';
import type { Person } from './people.ts';
import type { Send } from '../http-client.ts';

/** Strangers may ask little (RATE_LIMIT_ANONYMOUS_MAX, 100 in a quarter of an hour): who signs in anew is one for that moment. */
const SIGN_IN_EVERY_MS = 20_000;

interface World {
  people: Person[];
  send: Send;
}
type Habit = (world: World) => Promise<unknown>;

const habits: [weight: number, habit: Habit][] = [
  [30, (world) => ask(world, anyone(world), 'GET', '/v1/accounts')],
  [6, (world) => ask(world, anyone(world), 'GET', '/v1/users/me')],
  [16, (world) => readAccount(world, '/entries?limit=20')],
  [12, (world) => ask(world, anyone(world), 'GET', '/v1/activity')],
  [4, (world) => ask(world, anyone(world), 'GET', '/v1/activity/summary?bucket=day')],
  [3, (world) => ask(world, anyone(world), 'GET', '/v1/sessions')],
  [2, (world) => readAccount(world, `/statement?format=${any(['csv', 'pdf'])}`)],
  [20, pay],
  [5, mistype],
  [2, signInAgain],
];
const weights = habits.reduce((sum, [weight]) => sum + weight, 0);

/** @returns one of them, by weight */
export function pickHabit(): Habit {
  let left = Math.random() * weights;
  return (habits.find(([weight]) => (left -= weight) < 0) ?? habits[0])?.[1] ?? pay;
}

async function pay(world: World) {
  const person = anyone(world);
  const [from, to] = [any(person.accounts), any(anyone(world).accounts)];
  if (from === to) return void (await readAccount(world, ''));
  const amount = 1 + Math.floor(Math.random() * 5_000);
  const body = { fromAccountId: from, toAccountId: to, amount, memo: any(['Lunch', 'Rent', 'Tickets', 'Thanks']) };
  const reply = await ask(world, person, 'POST', '/v1/transfers', body, randomUUID());
  if (reply.json?.code !== 'insufficient_funds') return;
  await ask(world, person, 'POST', `/v1/accounts/${from}/deposits`, { amount: 1_000_000 }, randomUUID());
}

function mistype(world: World) {
  const person = anyone(world);
  const mistakes = [
    () => ask(world, person, 'GET', `/v1/accounts/${randomUUID()}`),
    () => ask(world, person, 'GET', '/v1/acounts'),
    () => ask(world, person, 'GET', '/v1/activity?limit=many'),
    () =>
      ask(world, person, 'POST', '/v1/transfers', { fromAccountId: any(person.accounts), amount: 'ten' }, randomUUID()),
    () => ask(world, person, 'POST', '/v1/accounts', { name: 'Everyday', currency: 'Euro' }),
  ];
  return any(mistakes)();
}

let signedInAt = -Infinity;

/** Signs out and in again; one in three gets the password wrong first. */
async function signInAgain(world: World) {
  if (performance.now() - signedInAt < SIGN_IN_EVERY_MS) return void (await readAccount(world, ''));
  signedInAt = performance.now();
  const person = anyone(world);
  const { email } = person;
  await ask(world, person, 'DELETE', '/v1/session');
  if (Math.random() < 1 / 3)
    await world.send('POST', '/v1/session', { body: { email, password: 'mistyped once more' } });
  await signIn(world.send, person);
}

/** @param rest of the path */
function readAccount(world: World, rest: string) {
  const person = anyone(world);
  return ask(world, person, 'GET', `/v1/accounts/${any(person.accounts)}${rest}`);
}

function ask({ send }: World, { cookie }: Person, method: string, path: string, body?: object, key?: string) {
  return send(method, path, { ...(body && { body }), headers: { cookie, ...(key && { 'idempotency-key': key }) } });
}

const anyone = ({ people }: World) => any(people);

function any<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T;
}
