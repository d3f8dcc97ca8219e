import { dropMongo, fillRedis, freeze, kill, rollRedisBack, tellPostgres, tellRedis } from './disturb.ts';
import type { OwnPlatform } from '@mainstay/platform/start/own-platform';
import type { Random } from './random.ts';

interface Fault {
  name: string;
  /** draws its numbers at once, so that a seed repeats them; `make` does it, and resolves when the cause is gone */
  plan: (platform: OwnPlatform, random: Random) => { detail: string; make: () => Promise<unknown> };
}

const services = ['gateway', 'accounts', 'activity'] as const;
const stores = ['postgres', 'redis', 'mongo'] as const;
const parts = [...services, ...stores];

export const faults: Fault[] = [
  ...services.map((part) => timed(`${part} killed`, 0, 500, ({ parts }, ms) => kill(parts[part], ms))),
  ...stores.map((part) => timed(`${part} killed`, 0, 4_000, ({ parts }, ms) => kill(parts[part], ms))),
  ...parts.map((part) => timed(`${part} frozen`, 1_000, 4_000, ({ parts }, ms) => freeze(parts[part], ms))),
  timed('redis rolled back', 500, 3_000, rollRedisBack),
  timed('redis full', 1_000, 4_000, fillRedis),
  timed('a transaction held open', 1_000, 4_000, (platform, ms) =>
    tellPostgres(platform, 'SELECT pg_current_xact_id()', ms),
  ),
  once('redis flushed', (platform) => tellRedis(platform, 'FLUSHALL')),
  once('redis connections cut', (platform) =>
    tellRedis(platform, 'CLIENT KILL TYPE normal', 'CLIENT KILL TYPE pubsub'),
  ),
  once('postgres connections cut', (platform) =>
    tellPostgres(
      platform,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mainstay' AND pid <> pg_backend_pid()`,
    ),
  ),
  once('mongo database dropped', dropMongo),
  once('mongo dropped and redis flushed', (platform) =>
    Promise.all([dropMongo(platform), tellRedis(platform, 'FLUSHALL')]),
  ),
  timed('all services killed', 0, 500, ({ parts }, ms) => Promise.all(services.map((part) => kill(parts[part], ms)))),
  timed('everything killed', 0, 1_000, (platform, ms) =>
    Promise.all(parts.map((part) => kill(platform.parts[part], ms))),
  ),
];

function timed(
  name: string,
  leastMs: number,
  mostMs: number,
  make: (platform: OwnPlatform, ms: number) => Promise<unknown>,
): Fault {
  return {
    name,
    plan(platform, random) {
      const ms = random.between(leastMs, mostMs);
      return { detail: `${ms} ms`, make: () => make(platform, ms) };
    },
  };
}

function once(name: string, make: (platform: OwnPlatform) => Promise<unknown>): Fault {
  return { name, plan: (platform) => ({ detail: '', make: () => make(platform) }) };
}

/**
 * Every fault once in an order of chance, then every one again in another.
 * @param only the text that a fault's name must hold
 */
export function* faultsInTurn(random: Random, only: string): Generator<Fault, never> {
  const chosen = faults.filter(({ name }) => name.includes(only));
  if (chosen.length === 0)
    throw new Error(`No fault is called "${only}": ${faults.map(({ name }) => name).join(', ')}.`);
  for (;;) {
    const rest = [...chosen];
    while (rest.length > 0) {
      const [fault] = rest.splice(random.between(0, rest.length - 1), 1);
      if (fault) yield fault;
    }
  }
}
