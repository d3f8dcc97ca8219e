import { freePort } from '../processes/ports.ts'; // feature: web
import { entrance } from '../services.ts';
import type { Settings } from '../settings.ts';
import { migrate, type Foundation } from '../start/open-platform-stores.ts';
import type { Shutdown } from '../start/shutdown.ts';
import { launchServices } from '../start/start-services.ts';
import { progress } from '../terminal.ts';
import { launchSource } from './launch-source.ts';
import { createNotices } from './notices.ts';
import { servePages } from './serve-pages.ts'; // feature: web
import { replaceEdited, reportTypes } from './watch.ts';

/** Starts services and pages from their sources, and replaces what is edited. Registers the closers. */
export async function startDevelopment(settings: Settings, foundation: Foundation, shutdown: Shutdown): Promise<void> {
  const notices = createNotices(progress);
  const inner = { ...settings.ports[entrance] };
  // feature: web
  inner.port = await freePort(); // the pages have the public one
  // end feature: web
  const ports = { ...settings.ports, [entrance]: inner };
  const services = await launchServices(launchSource, { ...settings, ports }, foundation, shutdown, {
    showLine: (line) => notices.show(line),
  });
  // feature: web
  const apiUrl = `http://127.0.0.1:${inner.port}`;
  await servePages({ port: settings.ports[entrance].port, apiUrl, dataDirectory: settings.dataDirectory }, shutdown);
  // end feature: web
  shutdown.onClose(replaceEdited({ services, notices, migrate: (name) => migrate(foundation.stores, name) }));
  shutdown.onClose(reportTypes());
}
