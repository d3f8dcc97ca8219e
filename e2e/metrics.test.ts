import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import { metricNames } from './metric-names.js';
import { startPlatform, type Platform, type ServiceName } from './platform.js';
import { describeWith, findProgram } from './programs.js';
import { visitor } from './visitor.js';

const services: ServiceName[] = ['gateway', 'accounts', 'activity'];
let platform: Platform;
/** Values that the test reads when the services are ready, before any request. */
const warm = { connections: 0, redis: [] as number[] };
const pages = {} as Record<ServiceName, string>;

/** Causes one action of each kind, so that the metrics have values. */
beforeAll(async () => {
  platform = await startPlatform();
  warm.connections = await platform.metric('accounts', 'pg_pool_connections', 'state="total"');
  for (const service of services)
    warm.redis.push(await platform.metric(service, 'redis_connection_up', 'role="request"'));
  const person = visitor(platform.url);
  const credentials = { email: 'counted@example.com', password: 'correct horse battery', displayName: 'Counted' };
  expect((await person.post('/v1/users', credentials)).status).toBe(201);
  const ids: string[] = [];
  for (const name of ['From', 'To']) {
    const opened = await person.post('/v1/accounts', { name, currency: 'EUR' });
    ids.push((opened.json as { id: string }).id);
  }
  const [fromAccountId, toAccountId] = ids;
  const feed = await person.watch();
  expect((await person.postKeyed(`/v1/accounts/${fromAccountId}/deposits`, { amount: 5_000 }, 'once')).status).toBe(
    201,
  );
  expect((await person.postKeyed(`/v1/accounts/${fromAccountId}/deposits`, { amount: 5_000 }, 'once')).status).toBe(
    201,
  );
  const transfer = { fromAccountId, toAccountId, amount: 1_250 };
  expect((await person.postKeyed('/v1/transfers', transfer)).status).toBe(201);
  expect((await person.postKeyed('/v1/transfers', { ...transfer, amount: 1_000_000 })).status).toBe(409);
  expect((await person.get(`/v1/accounts/${fromAccountId}/statement?format=csv`)).status).toBe(200); // fork:remove statements
  await feed.take(1);
  await feed.close();
  await eventually(
    () => platform.metric('activity', 'events_consumed_total'),
    (count) => count >= 5,
  );
  for (const service of services) pages[service] = await platform.page(service);
}, 180_000);

afterAll(() => platform.close());

const valueOf = (service: ServiceName, series: string) => {
  const line = pages[service].split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
};
const namesOn = (page: string) => [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);

describe('a service that is ready', () => {
  it('has opened connections to its stores for the first requests', () => {
    expect(warm).toEqual({ connections: 4, redis: [1, 1, 1] });
  });
});

describe('the metrics of the platform', () => {
  it('count the transfers and their amounts', () => {
    expect(valueOf('accounts', 'ledger_postings_total{kind="deposit",outcome="replayed"}')).toBe(1);
    expect(valueOf('accounts', 'ledger_postings_total{kind="transfer",outcome="insufficient_funds"}')).toBe(1);
    expect(valueOf('accounts', 'ledger_posted_minor_units_total{kind="deposit",currency="EUR"}')).toBe(5_000);
    expect(valueOf('accounts', 'ledger_posted_minor_units_total{kind="transfer",currency="EUR"}')).toBe(1_250);
  });

  it('show that no event, statement or password hash waits', () => {
    expect(valueOf('accounts', 'outbox_pending_events')).toBe(0);
    expect(valueOf('activity', 'event_stream_length')).toBe(0);
    expect(valueOf('activity', 'event_stream_lag_seconds')).toBe(0);
    expect(valueOf('accounts', 'pg_pool_connections{state="waiting"}')).toBe(0);
    expect(valueOf('accounts', 'password_hashes_under_way')).toBe(0);
  });

  it('show the wait for a connection to each store', () => {
    expect(valueOf('accounts', 'pg_pool_wait_seconds_count')).toBeGreaterThan(0);
    expect(valueOf('activity', 'mongo_pool_wait_seconds_count')).toBeGreaterThan(0);
    for (const service of services) expect(valueOf(service, 'redis_wait_seconds{role="request"}')).toBeGreaterThan(0);
  });

  it('have the names of metric-names.ts, and no others', () => {
    // `logs_waiting` exists only if log shipping is configured, and workers have metrics only in a cluster.
    const elsewhere = new Set([
      'logs_waiting',
      ...metricNames.filter((name) => /^metrics_(workers|folder)_/.test(name)),
    ]);
    const shown = new Set(services.flatMap((service) => namesOn(pages[service])));
    const common = (name: string) => /^(process|nodejs)_/.test(name);
    expect([...shown].filter((name) => !metricNames.includes(name) && !common(name))).toEqual([]);
    expect(metricNames.filter((name) => !shown.has(name) && !elsewhere.has(name))).toEqual([]);
  });
});

describeWith(['promtool'], 'promtool check metrics', () => {
  it.each(services)('finds no fault in the metrics page of %s', async (service) => {
    const check = spawn(findProgram('promtool')!, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    check.stdin.end(pages[service]);
    const [said, [code]] = await Promise.all([text(check.stderr), once(check, 'exit')]);
    expect([said, code]).toEqual(['', 0]);
  });
});
