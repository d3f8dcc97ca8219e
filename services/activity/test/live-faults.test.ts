import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { createEventStream, eventKeys, idFloor, newEventId } from '@mainstay/events';
import { startActivity, type RunningActivity } from './running-activity.js';
import { opened } from './sample-events.js';
import { until } from '@mainstay/platform/testing/eventually';

let activity: RunningActivity;
beforeEach(async () => {
  activity = await startActivity({ heartbeatMs: 300 });
});
afterEach(() => activity.close());

const isResync = ({ event }: { event?: string }) => event === 'resync';

describe('a live feed', () => {
  it('sends heartbeats', async () => {
    const feed = await (await activity.person()).listen();
    await until(() => feed.received.filter(({ comment }) => comment === 'heartbeat').length >= 2);
  });

  it('sends an event with the next heartbeat if its notice was lost', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    await activity.subscriber.unsubscribe();
    const event = opened(ada.id);
    await activity.store(event);
    await until(() => feed.ids().includes(event.id));
  });

  it('sends the missed events after the Redis subscription was broken', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    activity.subscriber.disconnect(true);
    const events = [opened(ada.id), opened(ada.id)];
    await activity.store(...events);
    await until(() => feed.ids().length === 2);
    expect(feed.ids()).toEqual(events.map(({ id }) => id));
  });

  it('never sends an event beyond the position up to which all events are stored', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    const early = opened(ada.id);
    const position = '999999999999999-0000000000';
    await activity.store(opened(ada.id));
    const stored = { ...early, subjects: [...early.subjects], _id: early.id, time: new Date(early.time), position };
    await activity.models.events.create(stored);
    const next = opened(ada.id);
    await activity.store(next);
    await until(() => feed.ids().includes(next.id));
    await until(() => feed.received.at(-1)?.comment === 'heartbeat');
    expect(feed.ids()).not.toContain(early.id);
  });

  it('continues after Redis lost all data, without a missing or repeated event', async () => {
    const ada = await activity.person();
    const first = opened(ada.id);
    const feed = await ada.listen();
    await activity.store(first);
    await until(() => feed.ids().length === 1);
    const administrator = new Redis(activity.server.url);
    await administrator.flushall();
    administrator.disconnect();
    await until(() => feed.received.some(isResync));
    const second = opened(ada.id);
    await activity.store(second);
    await until(() => feed.ids().length === 2);
    expect(feed.ids()).toEqual([first.id, second.id]);
  });
});

describe('old events that are sent again', () => {
  it('do not appear in live feeds: clients get one resync at the start, and one after the events are stored', async () => {
    const ada = await activity.person();
    const feed = await ada.listen();
    const old = opened(ada.id);
    await until(() => Date.now() > Date.parse(old.time));
    await createEventStream(activity.redis).rewindCursor({ cursor: null });
    await until(() => feed.received.filter(isResync).length === 1);

    await activity.store(old);
    const news = opened(ada.id);
    await activity.store(news);
    await until(() => feed.ids().length === 1);
    expect(feed.ids()).toEqual([news.id]);
    await until(() => feed.received.filter(isResync).length === 2);
    expect((await activity.models.events.findById(old.id).lean())?.replayed).toBe(true);

    const resumed = await ada.listen(old.id);
    await until(() => resumed.received.some(isResync));
  });

  it('cause a resync for a client that was not connected while they were stored', async () => {
    const ada = await activity.person();
    const seen = opened(ada.id);
    await activity.store(seen);
    const missing = opened(ada.id);
    await until(() => Date.now() > Date.parse(missing.time));
    await createEventStream(activity.redis).rewindCursor({ cursor: null });
    await activity.store(missing);
    const feed = await ada.listen(seen.id);
    await until(() => feed.received.some(isResync));
    expect(feed.ids()).toEqual([]);
  });
});

describe('an event store that was lost', () => {
  it('gets a new marker and new indexes, and requests all events', async () => {
    const { events, markers } = activity.models;
    const ada = await activity.person();
    const event = opened(ada.id);
    await activity.stream.publishBatch({ expectedCursor: null, nextCursor: 'a', events: [event], backlogMax: 10 });
    await until(async () => (await events.countDocuments()) === 1);
    const marker = await activity.redis.get(eventKeys.marker);
    await events.db.dropDatabase();

    await until(async () => (await activity.redis.get(eventKeys.marker)) !== marker);
    expect(await activity.stream.readCursor()).toBeNull();
    await activity.stream.publishBatch({ expectedCursor: null, nextCursor: 'a', events: [event], backlogMax: 10 });
    await until(async () => (await events.countDocuments()) === 1);
    expect((await markers.findById('marker').lean())?.value).toBe(await activity.redis.get(eventKeys.marker));
    expect(Object.keys((await events.collection.indexInformation()) as object)).toHaveLength(3);
  });
});

describe('retention', () => {
  it('deletes older events in batches, and keeps newer events', async () => {
    const ada = await activity.person();
    const at = new Date('2026-01-01T00:00:00Z');
    const aged = (ms: number) => {
      const time = new Date(at.getTime() + ms);
      return { ...opened(ada.id), id: idFloor(time) + newEventId().slice(13), time: time.toISOString() };
    };
    const [old, older, kept] = [aged(-1), aged(-2), aged(0)];
    await activity.store(old, older, kept);
    expect(await activity.eventStore.deleteBefore(at, 1)).toBe(1);
    expect(await activity.eventStore.deleteBefore(at, 10)).toBe(1);
    expect(await activity.eventStore.deleteBefore(at, 10)).toBe(0);
    expect((await activity.models.events.find().lean()).map(({ _id }) => _id)).toEqual([kept.id]);
  });
});
