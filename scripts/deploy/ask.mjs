// @ts-check
import { request } from 'node:http';

const TIMEOUT_MS = 5_000;

/** @typedef {{ status: number, body: string }} Answer */

/**
 * One request on a connection of its own: of workers that share a port each gets its turn, and no idle connection holds up a drain.
 * @param {import('./service-addresses.mjs').Address} address
 * @param {string} path
 * @param {{ method?: string, body?: object, timeoutMs?: number }} [options]
 * @returns {Promise<Answer>} status 0 and the reason where there is no answer
 */
export function ask({ host, port }, path, { method = 'GET', body, timeoutMs = TIMEOUT_MS } = {}) {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(timeoutMs);
    const failed = (/** @type {Error} */ error) => resolve({ status: 0, body: error.message });
    const sent = request({ host, port, path, method, headers, agent: false, signal }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      reply.once('error', failed).once('end', () => resolve({ status: reply.statusCode ?? 0, body: text }));
    });
    sent.once('error', failed).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** @param {Answer} answer */
export function describeAnswer({ status, body }) {
  const text = body.trim().slice(0, 300);
  return status === 0 ? `no answer (${text})` : `${status} ${text}`;
}
