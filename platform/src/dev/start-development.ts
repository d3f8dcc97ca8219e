import { join } from 'node:path';
import { freePort, isPortFree } from '../processes/ports.ts';
import { root } from '../root.ts';
import { entrance, serviceNames, serviceOf, type ServiceName } from '../services.ts';
import type { Settings } from '../settings.ts';
import { isGrave } from '../start/follow-log.ts';
import type { Foundation } from '../start/service-settings.ts';
import type { Shutdown } from '../start/shutdown.ts';
import { isReady, startServices } from '../start/start-services.ts';
import { progress } from '../terminal.ts';
import { holdConnections } from './hold-connections.ts';
import { servePages } from './serve-pages.ts'; // fork:remove web

/** Log lines that Node.js writes when it restarts a service, or when an error prevents the restart. */
const SAID_BY_NODE = /^(?:Change detected|Failed running|file:|\w*Error)/;

/** Runs the services from their sources. Requests to a service wait while Node.js restarts the service. */
export async function startDevelopment(settings: Settings, foundation: Foundation, shutdown: Shutdown): Promise<void> {
  const inner = { ...settings.ports[entrance] };
  inner.port = await freePort(); // fork:remove web
  const ports = { ...settings.ports, [entrance]: inner };
  // holdConnections listens on the port of each service in `ports`, so the service gets a different port.
  const listening = await Promise.all(serviceNames.map(async (name) => [name, await freePort()] as const));
  await startServices({ ...settings, ports }, foundation, shutdown, {
    argsOf: watchedSource,
    isShown: (line) => isGrave(line) || SAID_BY_NODE.test(line),
    // A stopping service waits at most DRAIN_WINDOW_MS until clients have closed their connections. A client can keep
    // an idle connection open, so a longer window would delay each restart.
    environment: {
      DRAIN_WINDOW_MS: '500',
      ...Object.fromEntries(listening.map(([name, port]) => [`${name.toUpperCase()}_PORT`, String(port)])),
    },
  });
  for (const [name, port] of listening) {
    const { port: usual, managementPort } = ports[name];
    shutdown.onClose(await holdConnections(usual, port, () => isReady(managementPort)));
  }
  // fork:remove web
  const apiUrl = `http://127.0.0.1:${inner.port}`;
  await servePages({ port: settings.ports[entrance].port, apiUrl, dataDirectory: settings.dataDirectory }, shutdown);
  // end of fork:remove web
}

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
