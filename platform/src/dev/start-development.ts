import { join } from 'node:path';
import { isPortFree } from '../processes/ports.ts';
import { freePort } from '../processes/ports.ts'; // feature: web
import { root } from '../root.ts';
import { entrance, serviceOf, type ServiceName } from '../services.ts';
import type { Settings } from '../settings.ts';
import { isGrave } from '../start/follow-log.ts';
import type { Foundation } from '../start/service-settings.ts';
import type { Shutdown } from '../start/shutdown.ts';
import { startServices } from '../start/start-services.ts';
import { progress } from '../terminal.ts';
import { servePages } from './serve-pages.ts'; // feature: web

/** Log lines that Node.js writes when it restarts a service, or when an error prevents the restart. */
const SAID_BY_NODE = /^(?:Change detected|Failed running|file:|\w*Error)/;

/**
 * Starts the services and the web interface from their sources. Node.js restarts a service after an edit of its files.
 * `shutdown` stops them.
 */
export async function startDevelopment(settings: Settings, foundation: Foundation, shutdown: Shutdown): Promise<void> {
  const inner = { ...settings.ports[entrance] };
  // feature: web
  inner.port = await freePort(); // Vite listens on the public port of the gateway
  // end feature: web
  await startServices({ ...settings, ports: { ...settings.ports, [entrance]: inner } }, foundation, shutdown, {
    argsOf: watchedSource,
    isShown: (line) => isGrave(line) || SAID_BY_NODE.test(line),
    // With a drain, a service would wait for its last connections before it restarts.
    environment: { DRAIN_WINDOW_MS: '0' },
  });
  // feature: web
  const apiUrl = `http://127.0.0.1:${inner.port}`;
  await servePages({ port: settings.ports[entrance].port, apiUrl, dataDirectory: settings.dataDirectory }, shutdown);
  // end feature: web
}

/** Returns the arguments of Node.js for a service. Debuggers attach to the inspect port, if that port is free. */
async function watchedSource(name: ServiceName): Promise<string[]> {
  const { inspectPort } = serviceOf(name);
  const canInspect = await isPortFree(inspectPort);
  if (!canInspect) progress(`${name}: port ${inspectPort} is in use, so no debugger can attach`);
  return [
    ...['--watch', '--watch-preserve-output'],
    ...(canInspect ? [`--inspect=127.0.0.1:${inspectPort}`] : []),
    ...['--disable-warning=ExperimentalWarning', `--import=${join(import.meta.dirname, 'run-sources.ts')}`],
    join(root, 'services', name, 'src/main.ts'),
  ];
}
