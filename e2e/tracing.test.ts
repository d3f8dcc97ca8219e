import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../packages/tracing/test/otlp-receiver.js';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform, type ServiceName } from './platform.js';
import { visitor, type Visitor } from './visitor.js';

let collector: OtlpReceiver;
let platform: Platform;
let person: Visitor;
let accounts: string[];

beforeAll(async () => {
  collector = await startOtlpReceiver();
  platform = await startPlatform({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '1',
    DRAIN_WINDOW_MS: '1000',
    LOG_LEVEL: 'info',
  });
  person = visitor(platform.url);
  const credentials = { email: 'traced@example.com', password: 'correct horse battery', displayName: 'Traced' };
  expect((await person.post('/v1/users', credentials)).status).toBe(201);
  accounts = [];
  for (const name of ['From', 'To']) {
    const opened = await person.post('/v1/accounts', { name, currency: 'EUR' });
    accounts.push((opened.json as { id: string }).id);
  }
  expect((await person.postKeyed(`/v1/accounts/${accounts[0]}/deposits`, { amount: 1_000_000 })).status).toBe(201);
  // Wait until these events are listed, so that the next event is alone in its batch.
  const listed = async () => (await person.get('/v1/activity')).json as { items?: unknown[] };
  await eventually(listed, ({ items = [] }) => items.length >= 4);
}, 180_000);

afterAll(async () => {
  await platform.close();
  await collector.close();
});

let transfers = 0;
function transfer(traceparent?: string) {
  const [fromAccountId, toAccountId] = accounts;
  return person.post(
    '/v1/transfers',
    { fromAccountId, toAccountId, amount: 1 },
    { 'idempotency-key': `traced-${(transfers += 1)}`, ...(traceparent !== undefined && { traceparent }) },
  );
}

/** Stops a service as an operator does, so that the service exports its remaining spans. */
async function stop(service: ServiceName): Promise<number | null> {
  const child = platform.process(service);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  return (await exited)[0];
}

const is = (service: string, name: string) => (span: ReceivedSpan) => span.service === service && span.name === name;

describe('a transfer', () => {
  const traceId = '5b8efff798038103d269b633813fc60c';
  const callersSpan = 'eee19b7ec3c1b174';

  it('is one trace, from the gateway to the event in MongoDB', async () => {
    expect((await transfer(`00-${traceId}-${callersSpan}-00`)).status).toBe(201);
    const ofTrace = (spans: ReceivedSpan[]) => spans.filter((span) => span.traceId === traceId);
    const spans = ofTrace(
      await collector.until((all) => {
        const trace = ofTrace(all);
        return [
          is('gateway', 'POST /v1/transfers'),
          is('accounts', 'publish {events}:stream'),
          is('activity', 'process {events}:stream'),
          is('activity', 'insert events'),
        ].every((one) => trace.some(one));
      }),
    );
    const only = (service: string, name: string, kind: ReceivedSpan['kind']): ReceivedSpan => {
      const found = spans.filter((span) => is(service, name)(span) && span.kind === kind);
      expect([service, name, found.length]).toEqual([service, name, 1]);
      return found[0]!;
    };
    const door = only('gateway', 'POST /v1/transfers', 'server');
    expect(door.parentSpanId).toBe(callersSpan);
    expect(door.attributes).toMatchObject({ 'http.route': '/v1/transfers', 'http.response.status_code': 201 });
    const session = spans.find(is('gateway', 'GET'));
    expect(session).toMatchObject({ parentSpanId: door.spanId, attributes: { 'db.system.name': 'redis' } });

    const hop = only('gateway', 'POST /v1/transfers', 'client');
    expect(hop.parentSpanId).toBe(door.spanId);
    const work = only('accounts', 'POST /v1/transfers', 'server');
    expect(work.parentSpanId).toBe(hop.spanId);
    const statement = only('accounts', 'post_transfer', 'client');
    expect(statement).toMatchObject({ parentSpanId: work.spanId, attributes: { 'db.system.name': 'postgresql' } });

    const published = only('accounts', 'publish {events}:stream', 'producer');
    const processed = only('activity', 'process {events}:stream', 'consumer');
    expect([published.parentSpanId, processed.parentSpanId]).toEqual([work.spanId, work.spanId]);
    expect(processed.attributes['messaging.message.id']).toBe(published.attributes['messaging.message.id']);
    const stored = only('activity', 'insert events', 'client');
    expect(stored).toMatchObject({ parentSpanId: processed.spanId, attributes: { 'db.system.name': 'mongodb' } });
    expect(spans.filter(({ isError }) => isError)).toEqual([]);
  });

  it('shares the insert of its batch with other events, and the insert links to all of them', async () => {
    // At its start the relay sends old events again. An old event has no span, so the insert has no link to the event.
    // So look for a batch in which every event has a span.
    const shared = (spans: ReceivedSpan[]) =>
      spans.find(
        ({ name, links, attributes }) =>
          name === 'insert events' && links.length > 0 && attributes['db.operation.batch.size'] === links.length + 1,
      );
    await eventually(
      () => Promise.all(Array.from({ length: 20 }, () => transfer())),
      () => shared(collector.spans) !== undefined,
    );
    const insert = shared(collector.spans)!;
    const batch = new Set([insert.parentSpanId, ...insert.links.map(({ spanId }) => spanId)]);
    const ofBatch = (spans: ReceivedSpan[]) => spans.filter(({ spanId }) => batch.has(spanId));
    const processed = ofBatch(await collector.until((spans) => ofBatch(spans).length === batch.size));
    expect(new Set(processed.map(({ name }) => name))).toEqual(new Set(['process {events}:stream']));
    expect(new Set(processed.map((span) => span.traceId)).size).toBe(batch.size);
  });

  it('that is refused names its trace, and is not an error in the trace', async () => {
    const [fromAccountId, toAccountId] = accounts;
    const reply = await person.postKeyed('/v1/transfers', { fromAccountId, toAccountId, amount: 1_000_000_000 });
    const problem = reply.json as { code: string; traceId: string };
    expect([reply.status, problem.code]).toEqual([409, 'insufficient_funds']);
    const ofProblem = (span: ReceivedSpan) => span.traceId === problem.traceId;
    const spans = await collector.until((all) => {
      const trace = all.filter(ofProblem);
      return [is('gateway', 'POST /v1/transfers'), is('accounts', 'post_transfer')].every((one) => trace.some(one));
    });
    expect(spans.filter(ofProblem).filter(({ isError }) => isError)).toEqual([]);
  });
});

describe('the id of a request', () => {
  it('is in the log lines of gateway, accounts and the consumer of activity', async () => {
    const { status, headers } = await transfer();
    expect(status).toBe(201);
    const requestId = headers.get('x-request-id');
    for (const [service, line] of [
      ['gateway', { route: '/v1/transfers', status: 201 }],
      ['accounts', { route: '/v1/transfers', status: 201 }],
      ['activity', { message: 'event stored', type: 'transfer.completed' }],
    ] as const) {
      const lines = () => platform.lines(service);
      const ofRequest = (all: Record<string, unknown>[]) => all.filter((one) => one.requestId === requestId);
      const found = ofRequest(await eventually(lines, (all) => ofRequest(all).length > 0));
      expect(found).toContainEqual(expect.objectContaining(line));
    }
  });

  it('is in every event that a request causes', async () => {
    const other = visitor(platform.url);
    const [email, password] = ['other@example.com', 'correct horse battery'];
    expect((await other.post('/v1/users', { email, password, displayName: 'Other' })).status).toBe(201);
    expect((await other.post('/v1/session', { email, password: 'not this horse battery' })).status).toBe(401);
    expect((await other.post('/v1/session', { email, password })).status).toBe(201);
    const newPassword = 'another horse battery';
    const change = { currentPassword: password, newPassword };
    expect((await other.put('/v1/users/me/password', change)).status).toBe(204);
    const database = new pg.Client(platform.databaseUrls.owner);
    await database.connect();
    try {
      const { rows } = await database.query<{ type: string; missing: string }>(
        'SELECT type, count(*) FILTER (WHERE request_id IS NULL) AS missing FROM outbox GROUP BY type ORDER BY type',
      );
      const types = ['account.opened', 'deposit.completed', 'transfer.completed'];
      const ofUser = ['password_changed', 'registered', 'sign_in_failed', 'signed_in'].map((name) => `user.${name}`);
      expect(rows).toEqual([...types, ...ofUser].map((type) => ({ type, missing: '0' })));
    } finally {
      await database.end();
    }
  });
});

describe('a collector that does not answer', () => {
  it('delays no request and no stopping process', async () => {
    collector.answer('never');
    for (let sent = 0; sent < 20; sent += 1) expect((await transfer()).status).toBe(201);
    expect(await stop('gateway')).toBe(0);
    collector.answer('take');
  });
});

describe('a public caller', () => {
  it('cannot decide which traces are recorded', async () => {
    await platform.start('gateway', { OTEL_TRACES_SAMPLER_ARG: '0' });
    const asked = '4bf92f3577b34da6a3ce929d0e0e4736';
    // On a busy machine, a service can refuse the first transfer, so repeat it.
    await eventually(
      () => transfer(`00-${asked}-00f067aa0ba902b7-01`),
      ({ status }) => status === 201,
    );
    // A service exports its remaining spans when it stops.
    await Promise.all([stop('gateway'), stop('accounts'), stop('activity')]);
    expect(collector.spans.filter(({ traceId }) => traceId === asked)).toEqual([]);
  });
});
