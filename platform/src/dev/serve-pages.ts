import { join } from 'node:path';
import { isServing } from '../processes/ports.ts';
import { supervise } from '../processes/supervised-process.ts';
import { root } from '../root.ts';
import { entrance } from '../services.ts';
import { shownUsers } from '../start/demo-page.ts';
import { followLog } from '../start/follow-log.ts';
import type { Shutdown } from '../start/shutdown.ts';
import { progress } from '../terminal.ts';

/** Serves the web interface from its sources with hot reload, and passes requests for the API to `apiUrl`. */
export async function servePages(
  { port, apiUrl, dataDirectory }: { port: number; apiUrl: string; dataDirectory: string },
  shutdown: Pick<Shutdown, 'onClose' | 'signal'>,
): Promise<void> {
  const logFile = join(dataDirectory, 'logs', 'web.log');
  shutdown.onClose(followLog('web', logFile, Boolean)); // Vite logs only warnings and errors, so show every line
  const pages = await supervise(
    {
      name: 'web',
      command: process.execPath,
      args: [
        join(root, 'node_modules/vite/bin/vite.js'),
        join(root, 'services/web'),
        ...['--host', '127.0.0.1', '--port', String(port), '--strictPort', '--logLevel', 'warn'],
      ],
      env: { ...process.env, [`${entrance.toUpperCase()}_URL`]: apiUrl, DEMO_USERS: shownUsers, NO_COLOR: '1' },
      recordFile: join(dataDirectory, 'web.pid'),
      logFile,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 5_000,
      readyTimeoutMs: 60_000,
      ports: [{ port, setting: `${entrance.toUpperCase()}_PORT` }],
      isReady: () => isServing(`http://127.0.0.1:${port}/`, 10_000),
    },
    { report: progress, signal: shutdown.signal },
  );
  shutdown.onClose(() => pages.stop());
  progress(`web is ready on port ${port}`);
}
