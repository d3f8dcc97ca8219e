import { setTimeout as delay } from 'node:timers/promises';
import type { Feed, Visitor } from '../visitor.js';

/** Follows the live feed. After a disconnect, the follower resumes the feed. */
export interface Follower {
  /** The ids of the received transfers, in the order of arrival. */
  readonly transferIds: string[];
  /** The number of `resync` events, which report that the feed may have a gap. */
  readonly resyncs: number;
  stop(): Promise<void>;
}

const reconnectMs = 50;

/** Resolves when the first feed is open. */
export async function follow(who: Visitor): Promise<Follower> {
  const transferIds: string[] = [];
  let resyncs = 0;
  let isOver = false;
  let feed: Feed | undefined = await who.watch();
  let lastEventId: string | undefined;

  async function read(): Promise<void> {
    while (!isOver) {
      try {
        feed ??= await who.watch(lastEventId);
        const [event] = await feed.take(1);
        if (event?.type === 'resync') resyncs += 1;
        const { data } = JSON.parse(event?.data ?? '{}') as { data?: { transferId?: string } };
        if (data?.transferId !== undefined) transferIds.push(data.transferId);
      } catch {
        lastEventId = feed?.lastEventId ?? lastEventId;
        feed = undefined;
        await delay(reconnectMs);
      }
    }
  }

  const reading = read();
  return {
    transferIds,
    get resyncs() {
      return resyncs;
    },
    async stop() {
      isOver = true;
      await feed?.close();
      await reading;
    },
  };
}
