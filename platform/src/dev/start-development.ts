import { freePort } from '../processes/ports.ts';
import { entrance } from '../services.ts';
import type { Settings } from '../settings.ts';
import { migrate, type Foundation } from '../start/open-platform-stores.ts';
import type { Shutdown } from '../start/shutdown.ts';
import { launchServices } from '../start/start-services.ts';
import { progress } from '../terminal.ts';
import { launchSource } from './launch-source.ts';
import { createNotices } from './notices.ts';
import { servePages } from './serve-pages.ts';
import { replaceEdited, reportTypes } from './watch.ts';

/** Starts services and pages from their sources, and replaces what is edited. Registers the closers. */
export async function startDevelopment(settings: Settings, foundation: Foundation, shutdown: Shutdown): Promise<void> {
  const { dataDirectory, ports } = settings;
  const notices = createNotices(progress);
  const inner = { ...ports[entrance], port: await freePort() };
  const behindPages = { ...settings, ports: { ...ports, [entrance]: inner } };
  const services = await launchServices(launchSource, behindPages, foundation, shutdown, {
    showLine: (line) => notices.show(line),
  });
  const apiUrl = `http://127.0.0.1:${inner.port}`;
  await servePages({ port: ports[entrance].port, apiUrl, dataDirectory }, shutdown);
  shutdown.onClose(replaceEdited({ services, notices, migrate: (name) => migrate(foundation.stores, name) }));
  shutdown.onClose(reportTypes());
}
