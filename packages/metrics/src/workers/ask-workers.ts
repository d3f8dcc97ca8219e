import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { parseReport, stringify, type Report } from './report.js';

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const KNOCK_TIMEOUT_MS = 1_000;

/**
 * Sends a new report to each process that connects to the unix socket. The worker itself listens (`exclusive`), because
 * PM2's primary process cannot listen for it.
 * @throws Error if it cannot listen on the socket
 */
export async function serveReports(path: string, report: () => Promise<Report>): Promise<{ close(): Promise<void> }> {
  const server = createServer((_req, res) => {
    report().then(
      (made) => res.setHeader('content-type', 'application/json').end(stringify(made)),
      () => res.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ path, exclusive: true }, resolve);
  });
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Asks a worker for a report.
 * @throws Error if no complete report arrives in time
 */
export async function askWorker(socketPath: string, timeoutMs: number): Promise<Report> {
  const signal = AbortSignal.timeout(timeoutMs);
  const res = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path: '/', agent: false, signal }, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of res as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`an answer of over ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return parseReport(Buffer.concat(chunks).toString());
}

/** Whether a process listens on the socket. `absent` and `unknown` do not prove that the process has ended. */
export async function knock(socketPath: string): Promise<'listens' | 'refused' | 'absent' | 'unknown'> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(KNOCK_TIMEOUT_MS) });
    return 'listens';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' ? 'refused' : code === 'ENOENT' ? 'absent' : 'unknown';
  } finally {
    socket.destroy();
  }
}
