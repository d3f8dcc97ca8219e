// @ts-check
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** @typedef {{ sent: number, failures: string[] }} Tally */

/**
 * Asks on kept-alive connections until it is stopped. Anything but the expected status is a failure, and so is no answer.
 * @param {string} url
 * @param {{ paths?: Record<string, number>, connections?: number, pauseMs?: number }} [options] paths: each with the status that is right
 * @returns {{ tally: Tally, stop(): Promise<Tally> }}
 */
export function startRequestLoop(url, { paths = { '/healthz': 200 }, connections = 4, pauseMs = 10 } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  /** @type {Tally} */
  const tally = { sent: 0, failures: [] };
  let isStopped = false;

  /** @param {number} start */
  async function loop(start) {
    const entries = Object.entries(paths);
    for (let turn = start; !isStopped; turn += 1) {
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
      isStopped = true;
      await loops;
      agent.destroy();
      return tally;
    },
  };
}

/**
 * @param {Agent} agent
 * @param {string} url
 * @returns {Promise<string>} the status, or why there is none
 */
function ask(agent, url) {
  return new Promise((resolve) => {
    const sent = request(url, { agent, timeout: 20_000 }, (reply) => {
      reply.resume().once('end', () => resolve(String(reply.statusCode)));
      reply.once('error', (error) => resolve(error.message));
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer within 20 s')));
    sent.once('error', (error) => resolve(error.message)).end();
  });
}
