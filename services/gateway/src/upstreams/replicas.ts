import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type { Pool } from 'undici';
import type { Addresses } from './addresses.js';
import { createBreaker, type Breaker } from './breaker.js';

/** Loads only the pool, because all of undici would need 9 MB of memory and 70 ms more at each start. */
const UndiciPool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof Pool;

type Connections = Pick<Pool, 'dispatch' | 'close' | 'destroy'>;

/** One address of a service, with its own connections and circuit breaker. */
export interface Replica {
  readonly address: string;
  readonly breaker: Breaker;
  readonly requests: Connections;
  /** Connections for live feeds. A feed occupies its connection, so feeds do not use the connections of `requests`. */
  readonly feeds: Connections;
  /** Number of current requests and feeds of the replica. */
  load: number;
}

export interface Replicas {
  /**
   * Returns the least loaded replica with a closed breaker, or a half-open replica that needs a probe.
   * - Never returns the replicas in `not`.
   * - Returns undefined if every breaker is open.
   * - Returns a promise only while no address is known.
   * - While a replica has a closed breaker, only a `repeatable` request becomes a probe.
   * - A `rationed` request is never a probe: it is slow, and a replica gets no other request until its probe ends.
   *
   * @throws Error if the host name does not resolve
   */
  pick(options: PickOptions): Replica | undefined | Promise<Replica | undefined>;
  all(): Replica[];
  close(): Promise<void>;
}

export interface PickOptions {
  repeatable: boolean;
  rationed?: boolean | undefined;
  not: readonly Replica[];
}

export interface ReplicasOptions {
  url: string;
  addresses: Addresses;
  failuresMax: number;
  openMs: number;
  /**
   * The gateway closes a connection after this time without a request. The time must be below KEEP_ALIVE_TIMEOUT_MS and
   * DRAIN_WINDOW_MS of the services.
   */
  connectionIdleMs?: number;
  nowMs?: () => number;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Longest time without data in the body of a response. A live feed stays open, because it sends data every 15 s. */
const BODY_IDLE_MS = 30_000;
/** Connections are replaced after this time, so that requests reach all replicas behind a Kubernetes Service. */
const CONNECTION_LIFE_MS = 60_000;

/** Follows the addresses of a service in DNS. After the removal of an address, its current requests continue. */
export function openReplicas(options: ReplicasOptions): Replicas {
  const { url, addresses, failuresMax, openMs, connectionIdleMs = 4_000, nowMs } = options;
  const replicas = new Map<string, Replica>();
  let picks = 0;
  let followed: string[] | undefined;
  /** The only replica of the service. Undefined if the service has several replicas. */
  let only: Replica | undefined;

  function follow(current: string[]): void {
    if (current === followed) return;
    followed = current;
    for (const address of current) {
      if (replicas.has(address)) continue;
      const breaker = createBreaker({ failuresMax, openMs, ...(nowMs && { nowMs }) });
      replicas.set(address, {
        address,
        breaker,
        requests: openPool({ url, address, connectionIdleMs }),
        feeds: openPool({ url, address, connectionIdleMs }),
        load: 0,
      });
    }
    for (const [address, replica] of replicas) {
      if (current.includes(address)) continue;
      replicas.delete(address);
      void Promise.all([replica.requests.close(), replica.feeds.close()]);
    }
    only = replicas.size === 1 ? [...replicas.values()][0] : undefined;
  }

  function choose({ repeatable, rationed = false, not }: PickOptions): Replica | undefined {
    if (only?.breaker.state === 'closed' && not.length === 0) return only;
    const untried = [...replicas.values()].filter((replica) => !not.includes(replica));
    const able = untried.filter(({ breaker }) => (rationed ? breaker.state !== 'open' : breaker.mayBegin()));
    const healthy = able.filter(({ breaker }) => breaker.state === 'closed');
    const probe = able.find(({ breaker }) => breaker.state === 'half-open');
    if (probe && ((repeatable && !rationed) || healthy.length === 0)) return probe;
    const trusted = healthy.filter(({ breaker }) => !breaker.isSuspect);
    // If the failures are old, the replica can have recovered, so it gets other requests even during the probe.
    const forgotten = healthy.length > 0 ? [] : untried.filter(({ breaker }) => breaker.isForgotten);
    return leastLoaded([trusted, healthy, forgotten].find(({ length }) => length > 0) ?? [], (picks += 1));
  }

  return {
    pick(options) {
      const current = addresses.current();
      if (!Array.isArray(current))
        return current.then((found) => {
          follow(found);
          return choose(options);
        });
      follow(current);
      return choose(options);
    },
    all: () => [...replicas.values()],
    async close() {
      await Promise.all([...replicas.values()].flatMap(({ requests, feeds }) => [requests.destroy(), feeds.destroy()]));
    },
  };
}

/** Replicas with the same load take turns. */
function leastLoaded(replicas: Replica[], turn: number): Replica | undefined {
  const least = Math.min(...replicas.map(({ load }) => load));
  const equals = replicas.filter(({ load }) => load === least);
  return equals[turn % equals.length];
}

interface PoolOptions {
  url: string;
  address: string;
  connectionIdleMs: number;
}

/** Connects to `address`, but sends the host name of `url` in the Host header and in TLS. */
function openPool({ url, address, connectionIdleMs }: PoolOptions): Connections {
  const family = isIP(address);
  return new UndiciPool(url, {
    connections: null,
    pipelining: 1,
    // With HTTP/2, all requests would share one connection, so they would all fail if that connection broke.
    allowH2: false,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      lookup: (_hostname, options, done) => {
        if (options.all) done(null, [{ address, family }]);
        else done(null, address, family);
      },
    },
    clientTtl: CONNECTION_LIFE_MS,
    keepAliveTimeout: connectionIdleMs,
    // undici uses the timeout from the service's Keep-Alive header, but at most this timeout.
    keepAliveMaxTimeout: connectionIdleMs,
    headersTimeout: 0, // the deadline of the request already limits this wait
    bodyTimeout: BODY_IDLE_MS,
  });
}
