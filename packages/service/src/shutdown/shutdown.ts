import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createClosers, nameOf, type Closable } from './closers.js';
import { watchServer, type DrainingServer } from './draining-server.js';
import { leaveParent } from './leave-parent.js';
import type { ShutdownLog } from './shutdown-log.js';

export interface ShutdownOptions {
  log: ShutdownLog;
  /**
   * The time in which servers still accept connections, so that load balancers first see that readiness responds with
   * 503. Cluster workers use 0.
   */
  preDrainDelayMs: number;
  /** The time limit for open connections. It must exceed every request deadline and the edge's idle timeout. */
  drainWindowMs: number;
  /** The time limit of each closer, and of the disconnect from the parent process. */
  closeTimeoutMs: number;
  /** Ends the process when all is closed. Default: disconnects from the parent process, then exits. */
  exit?: (code: number) => unknown;
}

export interface Shutdown {
  /** Registers a resource to close after the drain, in reverse order. Returns the resource. */
  onClose: <T extends Closable>(resource: T, name?: string) => T;
  /**
   * Registers a server to drain. Call it before the first connection. With `waits: false`, the shutdown does not wait
   * for the server's connections, and cuts them after the drain.
   */
  drain: (server: Server, options?: { waits: boolean }) => void;
  /** Aborts when the shutdown begins, so that live feeds end. */
  readonly signal: AbortSignal;
  /** True when the shutdown has begun. Readiness then responds with 503. */
  readonly draining: boolean;
  /** Begins the shutdown on SIGTERM, SIGINT or PM2's `shutdown`. A second signal exits with 1 at once. */
  listen: () => void;
  /** Shuts down and exits. Never rejects. A second call returns the first promise. */
  begin: (reason: string, exitCode?: number) => Promise<void>;
}

/** The time between FIN and the forced end of a connection. */
const CUT_GRACE_MS = 500;

/** Ends a process without losing a request. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const { log, preDrainDelayMs, drainWindowMs, closeTimeoutMs, exit = leaveAndExit } = options;
  const servers: { server: DrainingServer; waits: boolean }[] = [];
  const closers = createClosers({ log, timeoutMs: closeTimeoutMs });
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // Otherwise Node would warn, because live feeds add many listeners.
  let running: Promise<void> | undefined;

  async function run(reason: string, exitCode: number): Promise<void> {
    log.info('shutting down', { reason });
    controller.abort();
    if (preDrainDelayMs > 0) await delay(preDrainDelayMs);
    await drainServers();
    log.info('drained, closing resources');
    await closers.closeAll();
    await exit(exitCode);
  }

  async function drainServers(): Promise<void> {
    for (const { server } of servers) server.stopAccepting();
    const [waitedFor, others] = [servers.filter(({ waits }) => waits), servers.filter(({ waits }) => !waits)];
    await Promise.all(waitedFor.map(({ server }) => waitForEnd(server, { log, drainWindowMs })));
    await Promise.all(others.map(({ server }) => server.cut(CUT_GRACE_MS)));
  }

  async function leaveAndExit(exitCode: number): Promise<never> {
    try {
      await leaveParent(closeTimeoutMs);
    } catch (error) {
      log.error('the parent process did not confirm the last message', { error });
    }
    return process.exit(exitCode);
  }

  function begin(reason: string, exitCode = 0): Promise<void> {
    running ??= run(reason, exitCode);
    return running;
  }

  function onSignal(reason: string): void {
    if (!running) return void begin(reason);
    log.warn('second signal: exiting at once', { reason });
    process.exit(1);
  }

  return {
    onClose(resource, name = nameOf(resource)) {
      closers.add(resource, name);
      return resource;
    },
    drain: (server, { waits } = { waits: true }) => void servers.push({ server: watchServer(server), waits }),
    signal: controller.signal,
    get draining() {
      return controller.signal.aborted;
    },
    listen() {
      process.on('SIGTERM', onSignal);
      process.on('SIGINT', onSignal);
      process.on('message', (message) => {
        if (message === 'shutdown') onSignal('shutdown message');
      });
    },
    begin,
  };
}

async function waitForEnd(
  server: DrainingServer,
  { log, drainWindowMs }: Pick<ShutdownOptions, 'log' | 'drainWindowMs'>,
): Promise<void> {
  if (await server.emptied(drainWindowMs)) return;
  const { connections, inFlight } = server.count();
  // Warn only if a running request is lost, because idle connections are expected.
  log[inFlight > 0 ? 'warn' : 'info']('the drain window is over: cutting connections', { connections, inFlight });
  await server.cut(CUT_GRACE_MS);
}
