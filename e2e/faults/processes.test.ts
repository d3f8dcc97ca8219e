import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import type { Platform, ServiceName } from '../platform.js';
import { visitor, type Visitor } from '../visitor.js';
import { follow, type Follower } from './follower.js';
import { startHarmablePlatform } from './harmable-platform.js';
import { createPayer, type Payer } from './payer.js';

// On a busy machine, restarts take long.
jest.setTimeout(90_000);

let platform: Platform;
let ada: Visitor;
let payer: Payer;
let follower: Follower;
beforeAll(async () => {
  // The platform needs its own PostgreSQL, because a long transaction of another test would delay the relay.
  platform = await startHarmablePlatform();
  ada = visitor(platform.url);
  await ada.post('/v1/users', { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' });
  payer = await createPayer(ada);
  // Wait for the first events, because the follower needs an event id to resume its feed.
  await eventually(
    () => ada.get('/v1/activity'),
    ({ json }) => json.items?.length === 4,
  );
  follower = await follow(ada);
}, 120_000);
afterAll(async () => {
  await follower.stop();
  await platform.close();
});

const clients = 4;

/** Pays from several clients at the same time until `stop`. */
function payOn(): { stop(): Promise<void> } {
  let isOver = false;
  const paying = Array.from({ length: clients }, async () => {
    while (!isOver) await payer.payForSure();
  });
  return {
    async stop() {
      isOver = true;
      await Promise.all(paying);
    },
  };
}

const acknowledgeMore = (count: number) => {
  const enough = payer.acknowledged() + count;
  return eventually(
    () => Promise.resolve(payer.acknowledged()),
    (now) => now >= enough,
  );
};

describe('a service that is killed during payments', () => {
  it.each<ServiceName>(['accounts', 'activity', 'gateway'])(
    '%s: each acknowledged payment and its event exist once, in lists and in the live feed',
    async (name) => {
      const paying = payOn();
      await acknowledgeMore(10);
      await platform.kill(name);
      await platform.start(name);
      await acknowledgeMore(10);
      await paying.stop();

      await payer.expectEachTransferOnce();
      await payer.expectEachEventOnce();
      await eventually(
        () => Promise.resolve(follower.transferIds.length),
        (count) => count >= payer.acknowledged(),
      );
      expect(new Set(follower.transferIds).size).toBe(follower.transferIds.length);
      expect([follower.transferIds.length, follower.resyncs]).toEqual([payer.acknowledged(), 0]);
    },
  );
});
