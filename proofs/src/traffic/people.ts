/** The people, their sessions and accounts: made through the public API, kept in a file that only its owner reads, and used again. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Refusal } from '@mainstay/platform/terminal';
import type { Send, Reply } from '../http-client.ts';

const OPENING_AMOUNT = 1_000_000;

export interface Person {
  email: string;
  password: string;
  cookie: string;
  accounts: string[];
}

/**
 * As many people as are wanted, signed in: those of the last run first, then new ones.
 * @throws Refusal one sentence, where the platform does not answer or does not let them in
 */
export async function gatherPeople(
  send: Send,
  { url, count, file, signal }: { url: string; count: number; file: string; signal: AbortSignal },
): Promise<Person[]> {
  const saved = await readPeople(file);
  const people: Person[] = [];
  try {
    while (people.length < count && !signal.aborted) {
      const known = saved[people.length];
      people.push((known && (await comeBack(send, known))) ?? (await register(send)));
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    const hint = /CERT|SELF_SIGNED/.test(code)
      ? ' Is it a certificate for development? Then --insecure.'
      : ' Is the platform running?';
    throw new Refusal(`${url} does not answer (${code}).${hint}`);
  } finally {
    if (people.length > 0) await savePeople(file, [...people, ...saved.slice(people.length)]);
  }
  return people;
}

export async function savePeople(file: string, people: Person[]) {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(people), { mode: 0o600 });
}

/** Those of the last run. A file that is not there, or that a run has left half written, means none: new people cost nothing. */
export async function readPeople(file: string): Promise<Person[]> {
  try {
    const people = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(people) ? people : [];
  } catch {
    return [];
  }
}

/** Somebody of the last run: by the same session while it lasts. Undefined where the platform has forgotten him. */
async function comeBack(send: Send, person: Person): Promise<Person | undefined> {
  const { status } = await send('GET', '/v1/users/me', { headers: { cookie: person.cookie } });
  if (status === 200) return person;
  return (await signIn(send, person)) ? person : undefined;
}

/** @param person gets the new session */
export async function signIn(send: Send, person: Person): Promise<boolean> {
  const { email, password } = person;
  const reply = await send('POST', '/v1/session', { body: { email, password } });
  if (reply.status === 401) return false;
  person.cookie = demand(reply, 201, 'signing in').cookie;
  return true;
}

async function register(send: Send): Promise<Person> {
  const name = `traffic-${randomBytes(6).toString('hex')}`;
  const credentials = { email: `${name}@example.com`, password: randomBytes(12).toString('hex') };
  const registered = await send('POST', '/v1/users', { body: { ...credentials, displayName: name } });
  const cookie = demand(registered, 201, 'registering').cookie;
  const accounts = [];
  for (const label of ['Everyday', 'Savings']) {
    const opened = await send('POST', '/v1/accounts', { body: { name: label, currency: 'EUR' }, headers: { cookie } });
    const { id } = demand(opened, 201, 'opening an account').json;
    const headers = { cookie, 'idempotency-key': `${name}-${label}` };
    const paid = await send('POST', `/v1/accounts/${id}/deposits`, { body: { amount: OPENING_AMOUNT }, headers });
    demand(paid, 201, 'paying in');
    accounts.push(id);
  }
  return { ...credentials, cookie, accounts };
}

function demand(reply: Reply, wanted: number, what: string) {
  if (reply.status === wanted) return reply;
  const { code = '', detail = '' } = reply.json ?? {};
  const hint =
    reply.status === 429
      ? ' The limit for strangers is used up: take fewer people, or come again in a quarter of an hour.'
      : '';
  throw new Refusal(
    `Somebody could not get in: ${what} was answered ${reply.status} ${code} ${detail}`.trimEnd() + hint,
  );
}
