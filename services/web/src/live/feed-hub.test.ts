import { describe, expect, it } from '@jest/globals';
import type { ActivityEvent } from '../api/queries.js';
import { createFeedHub, type FeedMessage, type FollowFeed } from './feed-hub.js';

const event = (id: string): ActivityEvent => ({ id, type: 'account.opened', time: '2026-01-31T12:00:00Z', data: {} });
const settled = () => new Promise((resolve) => setImmediate(resolve));

function scene() {
  const runs: { ports: Parameters<FollowFeed>[0]; signal: AbortSignal; from: string; end: (at: string) => void }[] = [];
  const hub = createFeedHub((ports, signal, from) => {
    return new Promise((resolve) => {
      runs.push({ ports, signal, from, end: resolve });
      signal.addEventListener('abort', () => resolve(from));
    });
  });
  const join = () => {
    const heard: FeedMessage[] = [];
    return { place: hub.join((message) => heard.push(message)), heard };
  };
  return { runs, join };
}

describe('the live feed that all tabs share', () => {
  it('opens one connection, and sends each tab the events that arrive after the tab joins', async () => {
    const { runs, join } = scene();
    const [one, other] = [join(), join()];
    one.place.watch(true);
    other.place.watch(true);
    await settled();
    expect(runs).toHaveLength(1);
    runs[0]!.ports.onState({ name: 'live' });
    runs[0]!.ports.onEvent(event('1'));
    const late = join();
    runs[0]!.ports.onEvent(event('2'));
    expect(one.heard.slice(1)).toEqual([{ state: { name: 'live' } }, { event: event('1') }, { event: event('2') }]);
    expect(other.heard).toEqual(one.heard);
    expect(late.heard).toEqual([{ state: { name: 'live' } }, { resync: true }, { event: event('2') }]);
  });

  it('closes the connection if no tab is visible, and opens it again for a visible tab', async () => {
    const { runs, join } = scene();
    const [one, other] = [join(), join()];
    one.place.watch(true);
    other.place.watch(true);
    await settled();
    runs[0]!.ports.onEvent(event('7'));
    one.place.watch(false);
    expect(runs[0]!.signal.aborted).toBe(false);
    other.place.leave();
    expect(runs[0]!.signal.aborted).toBe(true);
    one.place.watch(true);
    await settled();
    expect(runs.map(({ from }) => from)).toEqual(['', '']); // in this scene, an aborted run returns its first id
  });

  it('opens the feed again for a visible tab after the feed has ended, and resumes after the last id', async () => {
    const { runs, join } = scene();
    const { place } = join();
    place.watch(true);
    await settled();
    runs[0]!.end('9');
    await settled();
    place.watch(true);
    await settled();
    expect(runs.map(({ from }) => from)).toEqual(['', '9']);
  });
});
