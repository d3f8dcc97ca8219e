import { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { ShutdownLog } from './shutdown-log.js';
import { within } from '@mainstay/errors';

/** A function, or an object with `close` or `end`. The shutdown waits for a returned promise. */
export type Closable = (() => unknown) | { close: () => unknown } | { end: () => unknown };

export interface Closers {
  add(resource: Closable, name: string): void;
  /** Closes the resources in reverse order. If a closer fails or hangs, the next closer runs. */
  closeAll(): Promise<void>;
}

export function createClosers({ log, timeoutMs }: { log: ShutdownLog; timeoutMs: number }): Closers {
  const closers: { name: string; close: () => Promise<void> }[] = [];

  return {
    add(resource, name) {
      closers.push({
        name,
        close: async () => {
          await close(resource);
        },
      });
    },
    async closeAll() {
      // Closers can be added during the loop, so take the newest closer each time.
      for (let closer = closers.pop(); closer; closer = closers.pop()) {
        try {
          await within(closer.close(), timeoutMs);
        } catch (error) {
          log.error('could not close a resource', { resource: closer.name, error });
        }
      }
    },
  };
}

/** The name in the log for a resource that was registered without a name. */
export function nameOf(resource: Closable): string {
  return (typeof resource === 'function' ? resource.name : resource.constructor.name) || 'unnamed';
}

function close(resource: Closable): unknown {
  if (resource instanceof NetServer) return closeServer(resource);
  if ('close' in resource) return resource.close();
  return typeof resource === 'function' ? resource() : resource.end();
}

/** Closes all connections, because a scraper's idle connection would keep the server open. */
function closeServer(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if (server instanceof HttpServer) server.closeAllConnections();
  });
}
