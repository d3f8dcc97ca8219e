import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import type { Pool } from 'undici';
import type { Addresses } from './addresses.js';
import { createBreaker, type Breaker } from './breaker.js';

/** Loads only the pool, because all of undici, with fetch and WebSocket, would take 70 ms of each start, and 9 MB. */
const UndiciPool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof Pool;

type Connections = Pick<Pool, 'dispatch' | 'close' | 'destroy'>;

/** One address of a service, with its own connections and breaker. */
export interface Replica {
  readonly address: string;
  readonly breaker: Breaker;
  readonly requests: Connections;
  /** Feeds stay open, and must not use the connections that requests wait for. */
  readonly feeds: Connections;
  /** Its current requests and feeds. */
  load: number;
}

export interface Replicas {
  /**
   * The least loaded replica that answers as far as is known, or one whose breaker needs a probe; never one of `not`.
   * While other replicas answer, only a `repeatable` request is used as a probe. A `rationed` request is never a probe,
   * because all other requests would wait for it: it passes a half-open breaker. If the last outcomes of all replicas
   * are old, concurrent requests are sent along with the probe. Undefined if every breaker is open. Returns a promise
   * only while no address is known.
   * @throws Error if the name does not resolve
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
   * How long a connection may stay unused. It must be far below the 75 s after which a service closes one, or a request could meet a closing
   * connection. It must also be below the drain window, because a draining service waits for unused connections.
   */
  connectionIdleMs?: number;
  nowMs?: () => number;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** Longest silence within a reply's body. A feed has a heartbeat every 15 s. */
const BODY_IDLE_MS = 30_000;
/**
 * A connection is replaced after this time, because one address may have several replicas, like a Kubernetes
 * service's.
 */
const CONNECTION_LIFE_MS = 60_000;

/**
 * Follows the addresses of a service: an address in DNS gets its share, and a removed one gets nothing new and
 * finishes what it has.
 */
export function openReplicas(options: ReplicasOptions): Replicas {
  const { url, addresses, failuresMax, openMs, connectionIdleMs = 4_000, nowMs } = options;
  const replicas = new Map<string, Replica>();
  let picks = 0;
  let followed: string[] | undefined;
  /** The one replica of a service that has one. */
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
    // After a quiet time, concurrent requests are sent along with the probe, so that they do not fail because of it.
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

/** Equally loaded replicas take turns. Otherwise the first one would get all single requests. */
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

/**
 * The host keeps its name, for Host and TLS; only its address is fixed. The bulkhead bounds the number of
 * connections.
 */
function openPool({ url, address, connectionIdleMs }: PoolOptions): Connections {
  const family = isIP(address);
  return new UndiciPool(url, {
    connections: null,
    pipelining: 1,
    // With HTTP/2, which undici 8 chooses over TLS, all requests would share one connection. The drain and the breaker rely on several.
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
    // Without this, a longer time announced by the service would be used.
    keepAliveMaxTimeout: connectionIdleMs,
    // The request's own deadline ends the wait for the head.
    headersTimeout: 0,
    bodyTimeout: BODY_IDLE_MS,
  });
}
