import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type { Pool } from 'undici';
import type { Addresses } from './addresses.js';
import { createBreaker, type Breaker } from './breaker.js';

/** Loads only the pool, because all of undici would need more memory and a longer start. */
const UndiciPool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof Pool;

type Connections = Pick<Pool, 'dispatch' | 'close' | 'destroy'>;

/** One address of a service, with its own connections and circuit breaker. */
export interface Replica {
  readonly address: string;
  readonly breaker: Breaker;
  readonly requests: Connections;
  /** Separate connections for live feeds, because a feed occupies its connection for a long time. */
  readonly feeds: Connections;
  /** Number of current requests and feeds of the replica. */
  load: number;
}

export interface Replicas {
  /**
   * Picks the least loaded replica with a closed breaker, if possible one without a recent failure. A half-open breaker
   * needs a probe: one request that tests the replica.
   * - A `repeatable` request becomes the probe, because the gateway can retry the request.
   * - Any other request becomes the probe only if no breaker is closed.
   * - A `rationed` request never becomes the probe, because the breaker ignores the outcome of the request.
   * - Replicas in `not` are never picked.
   * - The result is undefined if no breaker allows the request.
   * - The result is a promise only while no address is known.
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
   * DRAIN_WINDOW_MS of the services, so that a service never closes the connection first.
   */
  connectionIdleMs?: number;
  nowMs?: () => number;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Longest pause in the body of a response. A live feed sends data every 15 s, so the feed stays open. */
const BODY_IDLE_MS = 30_000;
/** Connections are replaced after this time, because a Kubernetes Service chooses a pod only for a new connection. */
const CONNECTION_LIFE_MS = 60_000;

/** Keeps one replica for each address of the service in DNS. Current requests to a removed address continue. */
export function openReplicas(options: ReplicasOptions): Replicas {
  const { url, addresses, failuresMax, openMs, connectionIdleMs = 4_000, nowMs } = options;
  const replicas = new Map<string, Replica>();
  let picks = 0;
  let followed: string[] | undefined;
  let onlyReplica: Replica | undefined;

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
    onlyReplica = replicas.size === 1 ? [...replicas.values()][0] : undefined;
  }

  function choose({ repeatable, rationed = false, not }: PickOptions): Replica | undefined {
    if (onlyReplica?.breaker.state === 'closed' && not.length === 0) return onlyReplica;
    const untried = [...replicas.values()].filter((replica) => !not.includes(replica));
    const able = untried.filter(({ breaker }) => (rationed ? breaker.state !== 'open' : breaker.mayBegin()));
    const healthy = able.filter(({ breaker }) => breaker.state === 'closed');
    const probe = able.find(({ breaker }) => breaker.state === 'half-open');
    if (probe && ((repeatable && !rationed) || healthy.length === 0)) return probe;
    const trusted = healthy.filter(({ breaker }) => !breaker.isSuspect);
    // If no breaker is closed, use a replica whose probe is still running. `isForgotten` means that the failures before
    // the probe are old, so the replica has probably recovered.
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

/** Returns the replica with the lowest load. If several replicas have the lowest load, `turn` decides. */
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
    // With HTTP/2, all requests would share one connection. If the connection broke, all requests would fail.
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
    // Without this line, the Keep-Alive header of a service could lengthen the timeout.
    keepAliveMaxTimeout: connectionIdleMs,
    headersTimeout: 0, // the deadline of the request already limits this wait
    bodyTimeout: BODY_IDLE_MS,
  });
}
