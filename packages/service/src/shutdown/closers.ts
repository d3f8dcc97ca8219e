import { Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { ShutdownLog } from './shutdown-log.js';
import { within } from '@mainstay/errors';

/**
 * A resource that can be closed: an object with `close` or `end` (a pg Pool), or a function. The shutdown waits for a
 * returned promise.
 */
export type Closable = (() => unknown) | { close: () => unknown } | { end: () => unknown };

export interface Closers {
  add(resource: Closable, name: string): void;
  /**
   * Closes the resources in reverse order, each within its time limit. If a closer fails or hangs, the log names it and
   * the next closer runs.
   */
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
      // A closer that is added while others run is called too.
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

/**
 * Closes a server at once, without waiting for its requests. The connections of an HTTP server are closed too.
 * Otherwise a scraper's idle connection would keep the server open.
 */
function closeServer(server: NetServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if (server instanceof HttpServer) server.closeAllConnections();
  });
}
