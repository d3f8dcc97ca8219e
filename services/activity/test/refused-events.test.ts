import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDeadLetters, eventKeys } from '@mainstay/events';
import { startActivity, type RunningActivity } from './running-activity.js';
import { opened } from './sample-events.js';
import { until } from '@mainstay/platform/testing/eventually';

let activity: RunningActivity;
beforeAll(async () => {
  activity = await startActivity();
});
afterAll(() => activity.close());

describe('an event that MongoDB refuses', () => {
  it('becomes a dead letter, and the other events of its batch are stored', async () => {
    const ada = await activity.person();
    const [before, after] = [opened(ada.id), opened(ada.id)];
    // BSON does not allow field names with a zero byte.
    const message = JSON.stringify({ ...opened(ada.id), type: 'loan.granted', data: { 'a\0b': 1 } });
    const batch = activity.redis.pipeline();
    for (const text of [JSON.stringify(before), message, JSON.stringify(after)]) {
      batch.xadd(eventKeys.stream, '*', 'event', text);
    }
    await batch.exec();

    await until(async () => (await activity.models.events.countDocuments({ subjects: ada.id })) === 2);
    await until(async () => (await activity.stream.stats()).length === 0);
    const [letter] = await createDeadLetters(activity.redis).list({ limit: 10 });
    expect(letter?.message).toBe(message);
    expect(letter?.reason).toMatch(/^refused by the store: .*null bytes/);
  });

  it('is counted by type and outcome', async () => {
    const { body } = await activity.metrics.render();
    expect(body).toMatch(/events_consumed_total\{[^}]*type="unknown",outcome="dead_lettered"[^}]*\} 1/);
    expect(body).toMatch(/events_consumed_total\{[^}]*type="account.opened",outcome="stored"[^}]*\} 2/);
    expect(body).toMatch(/event_stream_length\S* 0/);
    expect(body).toMatch(/event_dead_letters\S* 1/);
    expect(body).toMatch(/live_feeds\S* 0/);
    expect(body).toMatch(/mongo_pool_connections\{[^}]*state="open"[^}]*\} [1-9]/);
  });
});

describe('an event that arrives twice', () => {
  it('is stored once, and the second message does not change it', async () => {
    const ada = await activity.person();
    const event = opened(ada.id);
    await activity.store(event);
    const { deadLetters } = await activity.stream.stats();
    await activity.stream.appendEvent({ ...event, source: 'again' });
    await until(async () => (await activity.stream.stats()).length === 0);
    expect((await activity.stream.stats()).deadLetters).toBe(deadLetters);
    const stored = await activity.models.events.find({ subjects: ada.id }).lean();
    expect(stored.map(({ _id, source }) => [_id, source])).toEqual([[event.id, 'accounts']]);
  });
});
