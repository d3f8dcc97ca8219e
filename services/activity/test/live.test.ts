import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newEventId } from '@mainstay/events';
import { startActivity, type RunningActivity } from './running-activity.js';
import { opened } from './sample-events.js';
import { until } from '@mainstay/platform/testing/eventually';

let activity: RunningActivity;
beforeAll(async () => {
  activity = await startActivity();
});
afterAll(() => activity.close());

describe('GET /v1/activity/live', () => {
  it('sends my new events, and no event of other users', async () => {
    const ada = await activity.person();
    await activity.store(opened(ada.id));
    const feed = await ada.listen();
    expect([feed.status, feed.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await until(() => feed.received.length === 1); // the first block is the position of the feed
    const [mine, ours] = [opened(ada.id), opened(newEventId(), ada.id)];
    await activity.store(opened(newEventId()), mine, ours);
    await until(() => feed.ids().length === 2);
    const shown = ({ id, type, time, data }: typeof mine) => ({ id, event: type, data: { id, type, time, data } });
    expect(feed.received.slice(1)).toEqual([shown(mine), shown(ours)]);
  });

  it('continues after a disconnect without a gap or a repeat', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    const before = [opened(ada.id), opened(ada.id)];
    await activity.store(...before);
    await until(() => feed.ids().length === 2);
    feed.close();
    const meanwhile = Array.from({ length: 5 }, () => opened(ada.id));
    await activity.store(...meanwhile);
    const resumed = await ada.listen(before[1]?.id);
    const after = opened(ada.id);
    await activity.store(after);
    await until(() => resumed.ids().length >= 6);
    expect(resumed.ids()).toEqual([...meanwhile, after].map(({ id }) => id));
    expect(resumed.received.every(({ event }) => event !== 'resync')).toBe(true);
  });

  it('sends its position at the start, so that a feed without events can also continue without a gap', async () => {
    const ada = await activity.person();
    const last = opened(ada.id);
    await activity.store(last);
    for (const noId of [undefined, '']) {
      const feed = await ada.listen(noId);
      await until(() => feed.received.length === 1);
      expect(feed.received).toEqual([{ id: last.id }]);
    }
  });

  it('continues on another replica, with the events that the first replica stores', async () => {
    const ada = await activity.person();
    const other = await activity.startAnother();
    const [first, second] = [opened(ada.id), opened(ada.id)];
    await activity.store(first);
    await activity.store(second);
    const feed = await ada.listen(first.id, other.url);
    const third = opened(ada.id);
    await activity.store(third);
    await until(() => feed.ids().length === 2);
    expect(feed.ids()).toEqual([second.id, third.id]);
  });

  it.each([
    ['an event that does not exist', newEventId()],
    ['an invalid event id', 'x'.repeat(300)],
  ])('asks the client to read again after %s, and continues from the present', async (_what, lastEventId) => {
    const ada = await activity.person();
    const old = opened(ada.id);
    await activity.store(old);
    const feed = await ada.listen(lastEventId);
    await until(() => feed.received.length === 1);
    expect(feed.received[0]).toEqual({ event: 'resync', data: {}, id: old.id });
    const news = opened(ada.id);
    await activity.store(news);
    await until(() => feed.ids().length === 1);
    expect(feed.ids()).toEqual([news.id]);
  });

  it('asks the client to read again after the id of another user’s event', async () => {
    const [ada, eve] = [await activity.person(), await activity.person()];
    const hers = opened(ada.id);
    await activity.store(hers);
    const feed = await eve.listen(hers.id);
    await until(() => feed.received.length === 1);
    expect(feed.received[0]).toEqual({ event: 'resync', data: {} });
  });

  it('sends each of 700 events once, in the order of storing', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    const events = Array.from({ length: 700 }, () => opened(ada.id));
    await Promise.all(events.map((event) => activity.stream.appendEvent(event)));
    await until(() => feed.ids().length >= 700);
    const stored = await activity.models.events.find({ subjects: ada.id }).sort({ position: 1 }).lean();
    expect(feed.ids()).toEqual(stored.map(({ _id }) => _id));
  });

  it('allows a user ten feeds over all replicas, and a new feed after one has ended', async () => {
    const ada = await activity.person();
    const other = await activity.startAnother();
    const feeds = [];
    for (let index = 0; index < 10; index += 1) {
      feeds.push(await ada.listen(undefined, index % 2 ? other.url : activity.url));
    }
    const refused = await ada.get('/v1/activity/live');
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([429, 'rate_limited']);
    expect(refused.headers.get('retry-after')).toBe('15');
    expect((await (await activity.person()).listen()).status).toBe(200);
    feeds[0]?.close();
    await until(async () => (await ada.listen()).status === 200);
  });

  it('refuses HEAD and query parameters', async () => {
    const ada = await activity.person();
    const { headers } = ada;
    expect((await fetch(`${activity.url}/v1/activity/live`, { method: 'HEAD', headers })).status).toBe(405);
    expect((await ada.get('/v1/activity/live?from=x')).status).toBe(400);
  });
});

describe('a live feed whose client stops reading', () => {
  it('sends all events when the client reads again', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    feed.pause();
    const name = 'x'.repeat(50_000);
    const events = Array.from({ length: 200 }, () => {
      const event = opened(ada.id);
      return { ...event, data: { ...event.data, name } };
    });
    await activity.store(...events);
    feed.resume();
    await until(() => feed.ids().length >= 200);
    expect(feed.ids()).toEqual(events.map(({ id }) => id));
  });
});

describe('a replica that shuts down', () => {
  it('ends its feeds at once and sends the time to reconnect', async () => {
    const ada = await activity.person();
    const replica = await activity.startAnother();
    const feed = await ada.listen(undefined, replica.url);
    replica.drain();
    await until(() => feed.isOver());
    const retryMs = Number(feed.received.at(-1)?.retry);
    expect(retryMs).toBeGreaterThanOrEqual(500);
    expect(retryMs).toBeLessThanOrEqual(3_000);
    await until(async () => (await activity.redis.exists(`activity:feeds:${ada.id}`)) === 0);
  });
});
