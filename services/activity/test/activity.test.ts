import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createEvent, newEventId } from '@mainstay/events';
import { activityPage, activitySummary } from '../src/http/activity-schemas.js';
import { startActivity, type RunningActivity } from './running-activity.js';
import { opened, openedAt } from './sample-events.js';

let activity: RunningActivity;
beforeAll(async () => {
  activity = await startActivity();
});
afterAll(() => activity.close());

const idsOf = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);
async function page(reply: Response) {
  expect(reply.status).toBe(200);
  return activityPage.parse(await reply.json());
}

describe('GET /v1/activity', () => {
  it('lists my events, newest first, and no event of other users', async () => {
    const [ada, bob] = [await activity.person(), await activity.person()];
    const [mine, ours, theirs] = [opened(ada.id), opened(ada.id, bob.id), opened(bob.id)];
    await activity.store(mine, ours, theirs);
    expect(idsOf(await page(await ada.get('/v1/activity')))).toEqual([ours.id, mine.id]);
    expect(idsOf(await page(await bob.get('/v1/activity')))).toEqual([theirs.id, ours.id]);
  });

  it('shows only id, type, time and data', async () => {
    const ada = await activity.person();
    const event = opened(ada.id);
    await activity.store(event);
    const [item] = (await page(await ada.get('/v1/activity'))).items;
    expect(item).toEqual({ id: event.id, type: event.type, time: event.time, data: event.data });
  });

  it('returns every event once across all result pages while new events are stored', async () => {
    const ada = await activity.person();
    const events = Array.from({ length: 5 }, () => opened(ada.id));
    await activity.store(...events);
    const first = await page(await ada.get('/v1/activity?limit=2'));
    await activity.store(opened(ada.id), openedAt(new Date(Date.now() - 60_000), ada.id));
    const second = await page(await ada.get(`/v1/activity?limit=3&cursor=${first.nextCursor}`));
    expect([...idsOf(first), ...idsOf(second)]).toEqual(events.map(({ id }) => id).reverse());
    const last = await page(await ada.get(`/v1/activity?cursor=${second.nextCursor}`));
    expect([last.items.length, last.nextCursor]).toEqual([1, null]);
  });

  it('filters by type and by period (`from` inclusive, `to` exclusive)', async () => {
    const ada = await activity.person();
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute));
    const [before, begin, within, end] = [0, 1, 2, 3].map((minute) => openedAt(at(minute), ada.id));
    const data = { sessionId: newEventId() };
    const other = createEvent({ type: 'user.signed_out', subjects: [ada.id], source: 'gateway', data });
    await activity.store(before!, begin!, within!, end!, other);
    const period = `from=${at(1).toISOString()}&to=${at(3).toISOString()}`;
    expect(idsOf(await page(await ada.get(`/v1/activity?${period}`)))).toEqual([within!.id, begin!.id]);
    expect(idsOf(await page(await ada.get('/v1/activity?type=user.signed_out')))).toEqual([other.id]);
  });

  it('lists events of an unknown type', async () => {
    const ada = await activity.person();
    const event = { ...opened(ada.id), type: 'loan.granted', data: { anything: [1, { deep: true }] } };
    await activity.store(event);
    expect((await page(await ada.get('/v1/activity?type=loan.granted'))).items[0]?.data).toEqual(event.data);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['from=yesterday', 'from'],
    ['from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
    ['type=DROP', 'type'],
    ['sort=asc', 'sort'],
    ['cursor=forged', 'cursor'],
    ['type=a.b&type=c.d', 'type'],
  ])('responds to ?%s with 400 and names the field', async (query, path) => {
    const reply = await (await activity.person()).get(`/v1/activity?${query}`);
    const problem = (await reply.json()) as { code: string; errors: { path: string }[] };
    expect([reply.status, problem.code, problem.errors.map((error) => error.path)]).toEqual([
      400,
      'invalid_request',
      [path],
    ]);
  });

  it('refuses the cursor of another user', async () => {
    const [ada, eve] = [await activity.person(), await activity.person()];
    await activity.store(opened(ada.id), opened(ada.id));
    const { nextCursor } = await page(await ada.get('/v1/activity?limit=1'));
    expect((await eve.get(`/v1/activity?cursor=${nextCursor}`)).status).toBe(400);
  });

  it('requires an identity, and allows only GET and HEAD', async () => {
    expect((await fetch(`${activity.url}/v1/activity`)).status).toBe(401);
    const { body } = await activity.metrics.render();
    expect(body).toMatch(/^security_events_total\{.*event="identity",outcome="refused".*\} 1$/m);
    const { headers } = await activity.person();
    const reply = await fetch(`${activity.url}/v1/activity`, { method: 'POST', headers });
    expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('GET /v1/activity/summary', () => {
  it('counts my events by type and hour or day, in UTC', async () => {
    const ada = await activity.person();
    const times = ['2026-01-01T22:10:00Z', '2026-01-01T22:50:00Z', '2026-01-01T23:59:59.999Z', '2026-01-02T00:00:00Z'];
    const loan = { ...openedAt(new Date('2026-01-01T22:20:00Z'), ada.id), type: 'loan.granted' };
    await activity.store(...times.map((time) => openedAt(new Date(time), ada.id)), loan, opened(newEventId()));
    const period = 'from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z';
    const summary = async (bucket: string) => {
      const reply = await ada.get(`/v1/activity/summary?${period}&bucket=${bucket}`);
      const { buckets } = activitySummary.parse(await reply.json());
      return buckets.map(({ start, type, count }) => [start, type, count]);
    };
    expect(await summary('hour')).toEqual([
      ['2026-01-01T22:00:00.000Z', 'account.opened', 2],
      ['2026-01-01T22:00:00.000Z', 'loan.granted', 1],
      ['2026-01-01T23:00:00.000Z', 'account.opened', 1],
      ['2026-01-02T00:00:00.000Z', 'account.opened', 1],
    ]);
    expect(await summary('day')).toEqual([
      ['2026-01-01T00:00:00.000Z', 'account.opened', 3],
      ['2026-01-01T00:00:00.000Z', 'loan.granted', 1],
      ['2026-01-02T00:00:00.000Z', 'account.opened', 1],
    ]);
  });

  it('counts by day and hour of the requested time zone, even when the clocks change', async () => {
    const ada = await activity.person();
    // On 1 November 2026, the clocks in New York go back from 02:00 to 01:00, so the day has 25 hours.
    const times = [
      '2026-11-01T03:59:59Z', // 31 October, 23:59:59 in New York
      '2026-11-01T04:00:00Z', // 1 November, 00:00 in New York
      '2026-11-01T05:30:00Z', // 1 November, 01:30 in New York, before the clocks go back
      '2026-11-01T06:30:00Z', // 1 November, 01:30 in New York, after the clocks went back
      '2026-11-02T04:59:00Z', // 1 November, 23:59 in New York
      '2026-11-02T05:00:00Z', // 2 November, 00:00 in New York
    ];
    await activity.store(...times.map((time) => openedAt(new Date(time), ada.id)));
    const summary = async (query: string) => {
      const reply = await ada.get(`/v1/activity/summary?from=2026-10-30T00:00:00Z&to=2026-11-04T00:00:00Z&${query}`);
      const { buckets } = activitySummary.parse(await reply.json());
      return buckets.map(({ start, count }) => [start, count]);
    };
    expect(await summary('bucket=day&timeZone=America/New_York')).toEqual([
      ['2026-10-31T04:00:00.000Z', 1],
      ['2026-11-01T04:00:00.000Z', 4],
      ['2026-11-02T05:00:00.000Z', 1],
    ]);
    expect((await summary('bucket=hour&timeZone=America/New_York')).slice(1, 4)).toEqual([
      ['2026-11-01T04:00:00.000Z', 1],
      ['2026-11-01T05:00:00.000Z', 1],
      ['2026-11-01T06:00:00.000Z', 1],
    ]);
    expect((await summary('bucket=hour&timeZone=Asia/Kolkata')).slice(0, 2)).toEqual([
      ['2026-11-01T03:30:00.000Z', 2],
      ['2026-11-01T05:30:00.000Z', 1],
    ]);
  });

  it.each([
    'timeZone=Nowhere',
    'timeZone=%2B01:00',
    'from=0001-01-01T00:00:00Z',
    'bucket=hour&from=2020-01-01T00:00:00Z',
  ])('refuses ?%s', async (query) => {
    expect((await (await activity.person()).get(`/v1/activity/summary?${query}`)).status).toBe(400);
  });

  it('refuses an unknown bucket', async () => {
    expect((await (await activity.person()).get('/v1/activity/summary?bucket=week')).status).toBe(400);
  });
});
