import { createTestRedis } from '@mainstay/platform/testing';
import { Redis } from 'ioredis';
import { playAccounts } from './playing-accounts.js';
import { runGateway, type GatewayPlan, type RunningGateway } from './running-gateway.js';

/** A gateway with a simulated accounts service, and a connection to the gateway's Redis. */
export interface GatewayAndAccounts {
  gateway: RunningGateway;
  accounts: Awaited<ReturnType<typeof playAccounts>>;
  redis: Redis;
  redisUrl: string;
  close: () => Promise<void>;
}

export async function runGatewayAndAccounts(
  plan: Omit<GatewayPlan, 'redisUrl' | 'accountsUrl'> = {},
): Promise<GatewayAndAccounts> {
  const [testRedis, accounts] = await Promise.all([createTestRedis(), playAccounts()]);
  const redisUrl = testRedis.url;
  const redis = new Redis(redisUrl);
  const gateway = await runGateway({ ...plan, redisUrl, accountsUrl: accounts.url });
  return {
    gateway,
    accounts,
    redis,
    redisUrl,
    async close() {
      await gateway.close();
      await accounts.close();
      redis.disconnect();
      await testRedis.close();
    },
  };
}
