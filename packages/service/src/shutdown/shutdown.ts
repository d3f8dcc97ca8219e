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
   * The *drain* accepts no new connections, and waits until all connections are closed. It begins after this delay, so
   * that load balancers first see the 503 of readiness. Cluster workers use 0.
   */
  preDrainDelayMs: number;
  /** The time limit of the drain. It must exceed every request deadline and the load balancer's idle timeout. */
  drainWindowMs: number;
  /** The time limit for closing each resource, and for the disconnect from the parent process. */
  closeTimeoutMs: number;
  /** Called when every resource is closed. Default: disconnects from the parent process, then exits. */
  exit?: (code: number) => unknown;
}

export interface Shutdown {
  /** Registers and returns a resource. After the drain, the resources close in reverse order. */
  onClose: <T extends Closable>(resource: T, name?: string) => T;
  /**
   * Registers a server. Call it before the first connection. With `waits: false`, the drain does not wait for the
   * server's connections. They are closed after the drain.
   */
  drain: (server: Server, options?: { waits: boolean }) => void;
  /** Aborts when the shutdown begins. Live feeds then end. */
  readonly signal: AbortSignal;
  /** True after the shutdown has begun. Readiness then responds with 503. */
  readonly draining: boolean;
  /**
   * From this call on, SIGTERM, SIGINT or the message `shutdown` from PM2 begins the shutdown. If the shutdown has
   * already begun, a signal or the message ends the process at once with exit code 1.
   */
  listen: () => void;
  /** Shuts down and exits. Never rejects. A second call returns the same promise. */
  begin: (reason: string, exitCode?: number) => Promise<void>;
}

/** To *cut* a connection, the server sends FIN. After this time, it destroys the connection. */
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
  // Idle connections are expected, so warn only if a running request is lost.
  log[inFlight > 0 ? 'warn' : 'info']('the drain window is over: cutting connections', { connections, inFlight });
  await server.cut(CUT_GRACE_MS);
}
