import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateIdentityKeys } from '@mainstay/identity';
import { rotateLists } from '@mainstay/platform/secrets/rotate-lists';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform, type ServiceName } from './platform.js';
import { visitor, type Visitor } from './visitor.js';

const names = {
  secrets: ['SESSION_SECRET', 'CURSOR_SECRETS'],
  privateKeys: 'IDENTITY_PRIVATE_KEYS',
  publicKeys: 'IDENTITY_PUBLIC_KEYS',
  state: 'SECRETS_ROTATION',
};
const lastYears = generateIdentityKeys();
let settings: Record<string, string> = {
  SESSION_SECRET: 'a session secret of last year: to be replaced',
  CURSOR_SECRETS: 'a cursor secret of last year: to be replaced',
  IDENTITY_PRIVATE_KEYS: lastYears.privateKey,
  IDENTITY_PUBLIC_KEYS: lastYears.publicKey,
  // No request is running when the test restarts a service, so the service needs no long drain.
  PRE_DRAIN_DELAY_MS: '0',
  DRAIN_WINDOW_MS: '200',
};

let platform: Platform;
let ada: Visitor;
let account: string;
let cookieOfLastYear: string;

beforeAll(async () => {
  platform = await startPlatform(settings);
  ada = visitor(platform.url);
  const person = { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' };
  const registered = await ada.post('/v1/users', person);
  cookieOfLastYear = registered.headers.getSetCookie()[0]!.split(';', 1)[0]!;
  // A second session gives the list of sessions a second page.
  await visitor(platform.url).post('/v1/session', { email: person.email, password: person.password });
  account = (await ada.post('/v1/accounts', { name: 'Everyday', currency: 'EUR' })).json.id;
  for (const amount of [1, 2]) await ada.postKeyed(`/v1/accounts/${account}/deposits`, { amount });
  await eventually(
    () => ada.get('/v1/activity'),
    ({ json }) => json.items.length >= 3,
  );
}, 120_000);
afterAll(() => platform.close());

/** One list from each service that signs cursors. */
const lists = () => ['/v1/sessions', `/v1/accounts/${account}/entries`, '/v1/activity'];

/** Returns the cursor of each list's second page. */
async function firstPages(): Promise<string[]> {
  const pages = await Promise.all(lists().map((path) => ada.get(`${path}?limit=1`)));
  return pages.map(({ json }) => json.nextCursor as string);
}

async function secondPages(cursors: string[]): Promise<number[]> {
  const pages = await Promise.all(lists().map((path, at) => ada.get(`${path}?limit=1&cursor=${cursors[at]}`)));
  return pages.map(({ status }) => status);
}

async function restart(service: ServiceName): Promise<void> {
  await platform.kill(service, 'SIGTERM');
  await platform.start(service, settings);
}

describe('secrets and keys that are replaced while the platform runs', () => {
  // Operators can restart the services in any order, so each step has a different order.
  const steps: [string, ServiceName[][]][] = [
    ['add', [['gateway'], ['accounts', 'activity']]],
    ['use', [['gateway', 'activity'], ['accounts']]],
    ['drop', [['accounts', 'activity'], ['gateway']]],
  ];

  it.each(steps)(
    '%s: users stay signed in, cursors stay valid, and payments work, with half or all services restarted',
    async (step, halves) => {
      settings = rotateLists(settings, names, step, { early: true });
      for (const half of halves) {
        const cursors = await firstPages();
        await Promise.all(half.map(restart));
        expect((await ada.get('/v1/session')).status).toBe(200);
        expect(await secondPages(cursors)).toEqual([200, 200, 200]);
        expect((await ada.postKeyed(`/v1/accounts/${account}/deposits`, { amount: 1 })).status).toBe(201);
      }
    },
    120_000,
  );

  it('refuses everything that only the old secrets have signed', async () => {
    expect(Object.values(settings).join()).not.toContain('last year');
    expect(settings.IDENTITY_PUBLIC_KEYS).not.toContain(lastYears.publicKey);
    expect((await visitor(platform.url, cookieOfLastYear).get('/v1/session')).status).toBe(401);
    expect((await ada.get('/v1/session')).status).toBe(200);
  });
});
