import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform } from './platform.js';
import { visitor, type FeedEvent, type Reply, type Visitor } from './visitor.js';

/** The address of a running platform, for example in a cluster. The platform keeps the users that the story adds. */
const givenUrl = process.env.MAINSTAY_URL;
const mailbox = givenUrl === undefined ? 'example.com' : `${randomUUID()}.example.com`;

let platform: Platform | undefined;
let url: string;
let ada: Visitor;

const person = { email: `ada@${mailbox}`, password: 'correct horse battery', displayName: 'Ada Lovelace' };

beforeAll(async () => {
  if (givenUrl === undefined) platform = await startPlatform();
  url = givenUrl ?? platform?.url ?? '';
  ada = visitor(url);
}, 60_000);
afterAll(() => platform?.close());

const amountsOf = ({ json }: Reply) => (json.items as { amount: number }[]).map(({ amount }) => amount);
const typesOf = ({ json }: Reply) => (json.items as { type: string }[]).map(({ type }) => type);
const transferOf = ({ data }: FeedEvent) => (JSON.parse(data) as { data: { transferId: string } }).data.transferId;

/** One story in order: each test continues from the test before it. */
describe('a user of the platform', () => {
  let everyday: string;
  let savings: string;
  let adasId: string;

  it('registers and is signed in', async () => {
    const registered = await ada.post('/v1/users', person);
    expect([registered.status, registered.headers.get('location')]).toEqual([201, '/v1/users/me']);
    expect(registered.json).toMatchObject({ user: { email: person.email }, session: { current: true } });
    adasId = registered.json.user.id;
    expect((await ada.get('/v1/users/me')).json).toMatchObject({ id: adasId });
  });

  it('opens two accounts and deposits', async () => {
    const [one, other] = [
      await ada.post('/v1/accounts', { name: 'Everyday', currency: 'EUR' }),
      await ada.post('/v1/accounts', { name: 'Savings', currency: 'EUR' }),
    ];
    expect([one.status, other.status]).toEqual([201, 201]);
    [everyday, savings] = [one.json.id, other.json.id];
    const deposit = await ada.postKeyed(`/v1/accounts/${everyday}/deposits`, { amount: 10_000 });
    expect([deposit.status, deposit.json.currency]).toEqual([201, 'EUR']);
  });

  it('transfers once per key: a repeated request gets the same bytes, a different one gets 422', async () => {
    const order = { fromAccountId: everyday, toAccountId: savings, amount: 2_500, memo: '=SUM(A1)' };
    const first = await ada.postKeyed('/v1/transfers', order, 'rent');
    const again = await ada.postKeyed('/v1/transfers', order, 'rent');
    expect(first.status).toBe(201);
    expect([again.status, again.headers.get('location')]).toEqual([201, first.headers.get('location')]);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    const other = await ada.postKeyed('/v1/transfers', { ...order, amount: 1 }, 'rent');
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('cannot overdraw the account, and no money moves', async () => {
    const overdraw = await ada.postKeyed('/v1/transfers', {
      fromAccountId: everyday,
      toAccountId: savings,
      amount: 7_501,
    });
    expect([overdraw.status, overdraw.headers.get('content-type'), overdraw.json.code]).toEqual([
      409,
      'application/problem+json',
      'insufficient_funds',
    ]);
    expect((await ada.get(`/v1/accounts/${everyday}`)).json.balance).toBe(7_500);
  });

  it('reads entries', async () => {
    const entries = await ada.get(`/v1/accounts/${everyday}/entries`);
    expect(amountsOf(entries)).toEqual([-2_500, 10_000]);
  });

  // fork:remove statements
  it('reads statements', async () => {
    const csv = await ada.get(`/v1/accounts/${everyday}/statement?format=csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.text).toContain('-25.00');
    expect(csv.text).not.toMatch(/(^|,|")=SUM/m);
    const pdf = await ada.get(`/v1/accounts/${everyday}/statement?format=pdf`);
    expect([
      pdf.headers.get('content-type'),
      pdf.bytes.subarray(0, 5).toString(),
      pdf.bytes.includes('/FontFile2'),
    ]).toEqual(['application/pdf', '%PDF-', true]);
  });
  // end of fork:remove statements

  it('finds all these events in the activity list', async () => {
    const activity = await eventually(
      () => ada.get('/v1/activity'),
      ({ json }) => json.items.length >= 5,
    );
    expect(typesOf(activity)).toEqual([
      'transfer.completed',
      'deposit.completed',
      'account.opened',
      'account.opened',
      'user.registered',
    ]);
    expect(activity.text).not.toMatch(/balance/i);
    const summary = await ada.get('/v1/activity/summary?bucket=day');
    expect(summary.json.buckets).toContainEqual(expect.objectContaining({ type: 'account.opened', count: 2 }));
  });

  it('sees new events in the live feed, which resumes after a break without a gap or a repeat', async () => {
    const feed = await ada.watch();
    const pay = async (amount: number) =>
      (await ada.postKeyed('/v1/transfers', { fromAccountId: everyday, toAccountId: savings, amount })).json
        .id as string;
    const first = await pay(1);
    const [seen] = await feed.take(1);
    expect([seen?.type, seen && transferOf(seen)]).toEqual(['transfer.completed', first]);
    await feed.close();
    const missed = [await pay(2), await pay(3)];
    const resumed = await ada.watch(seen?.id);
    const live = await pay(4);
    const rest = await resumed.take(3);
    expect(rest.map(transferOf)).toEqual([...missed, live]);
    await resumed.close();
  });

  it('is paid by another user, who cannot read her accounts or move her money', async () => {
    const eve = visitor(url);
    await eve.post('/v1/users', { ...person, email: `eve@${mailbox}` });
    const evesAccount = (await eve.post('/v1/accounts', { name: 'Mine', currency: 'EUR' })).json.id;
    const theft = await eve.postKeyed('/v1/transfers', {
      fromAccountId: everyday,
      toAccountId: evesAccount,
      amount: 1,
    });
    const deposit = await eve.postKeyed(`/v1/accounts/${everyday}/deposits`, { amount: 1 });
    const paths = [
      '',
      '/entries',
      '/statement?format=csv', // fork:remove statements
    ];
    const looks = await Promise.all(paths.map((path) => eve.get(`/v1/accounts/${everyday}${path}`)));
    expect([theft, deposit, ...looks].filter(({ status }) => status !== 404)).toEqual([]);
    await eve.postKeyed(`/v1/accounts/${evesAccount}/deposits`, { amount: 100 });
    const gift = await eve.postKeyed('/v1/transfers', {
      fromAccountId: evesAccount,
      toAccountId: everyday,
      amount: 100,
    });
    expect(gift.status).toBe(201);
    expect((await ada.get(gift.headers.get('location') ?? '')).json.entries[0]).not.toHaveProperty('balanceAfter');
  });

  it('sees her devices, revokes one, and changes her password, which signs out the other devices', async () => {
    const { email, password } = person;
    const [phone, tablet] = [visitor(url), visitor(url)];
    await phone.post('/v1/session', { email, password });
    await tablet.post('/v1/session', { email, password });
    const { items } = (await ada.get('/v1/sessions')).json;
    expect(items).toHaveLength(3);
    const phonesId = (await phone.get('/v1/session')).json.session.id;
    expect((await ada.delete(`/v1/sessions/${phonesId}`)).status).toBe(204);
    expect((await phone.get('/v1/session')).status).toBe(401);
    const changed = await ada.put('/v1/users/me/password', {
      currentPassword: password,
      newPassword: 'another long password',
    });
    expect(changed.status).toBe(204);
    expect([(await tablet.get('/v1/session')).status, (await ada.get('/v1/session')).status]).toEqual([401, 200]);
    expect((await tablet.post('/v1/session', { email, password })).json.code).toBe('invalid_credentials');
  });

  it('signs out', async () => {
    expect((await ada.delete('/v1/session')).status).toBe(204);
    const after = await ada.get('/v1/accounts');
    expect([after.status, after.json.code]).toEqual([401, 'unauthenticated']);
  });

  it('leaves a ledger that balances', async () => {
    // The test cannot reach the database of a platform that it did not start.
    if (!platform) return;
    const program = fileURLToPath(new URL('../services/accounts/dist/reconcile.js', import.meta.url));
    const reconcile = spawn(process.execPath, [program], {
      cwd: tmpdir(), // a folder without a .env
      env: { PATH: process.env.PATH, DATABASE_URL: platform.databaseUrls.service },
    });
    let output = '';
    reconcile.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(reconcile, 'close')) as [number];
    expect({ code, broken: output.includes('BROKEN') }).toEqual({ code: 0, broken: false });
  });
});
