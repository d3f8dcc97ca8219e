import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** The result of a request loop. */
export interface Tally {
  sent: number;
  failures: string[];
}

/**
 * Sends requests on kept-alive connections until stop() is called. A reply with an unexpected status, or no reply, is a
 * failure.
 * @param options paths: each with the expected status
 */
export function startRequestLoop(
  url: string,
  {
    paths = { '/healthz': 200 },
    connections = 4,
    pauseMs = 10,
  }: { paths?: Record<string, number>; connections?: number; pauseMs?: number } = {},
): { tally: Tally; stop: () => Promise<Tally> } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const tally: Tally = { sent: 0, failures: [] };
  const ending = new AbortController();

  async function loop(start: number): Promise<void> {
    const entries = Object.entries(paths);
    for (let turn = start; !ending.signal.aborted; turn += 1) {
      const [path = '/', expected] = entries[turn % entries.length] ?? [];
      tally.sent += 1;
      const got = await ask(agent, `${url}${path}`);
      if (got !== String(expected)) tally.failures.push(`${new Date().toISOString()} ${path}: ${got}`);
      await delay(pauseMs);
    }
  }

  const loops = Promise.all(Array.from({ length: connections }, (_, start) => loop(start)));
  return {
    tally,
    async stop() {
      ending.abort();
      await loops;
      agent.destroy();
      return tally;
    },
  };
}

/** Returns the status, or the reason why no reply came. */
function ask(agent: Agent, url: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent, timeout: 20_000 }, (reply) => {
      reply.resume().once('end', () => resolve(String(reply.statusCode)));
      reply.once('error', (error) => resolve(error.message));
    });
    sent.once('timeout', () => sent.destroy(new Error('no reply within 20 s')));
    sent.once('error', (error) => resolve(error.message)).end();
  });
}
