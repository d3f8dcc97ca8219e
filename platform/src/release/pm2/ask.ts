import { request } from 'node:http';
import type { Address } from './app-plans.ts';

/** A reply. Status 0 means that there was no reply, and `body` says why. */
export interface Reply {
  status: number;
  body: string;
}

/**
 * One request on its own connection, because workers that share a port take turns, and an idle connection would delay
 * a drain.
 */
export function ask(
  { host, port }: Address,
  path: string,
  { method = 'GET', body, timeoutMs = 5_000 }: { method?: string; body?: object; timeoutMs?: number } = {},
): Promise<Reply> {
  return new Promise((resolve) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const failed = (error: Error) => resolve({ status: 0, body: error.message });
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = request({ host, port, path, method, headers, agent: false, signal }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      reply.once('error', failed).once('end', () => resolve({ status: reply.statusCode ?? 0, body: text }));
    });
    sent.once('error', failed).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Describes a reply for a message. */
export function describeReply({ status, body }: Reply): string {
  const text = body.trim().slice(0, 300);
  return status === 0 ? `no reply (${text})` : `${status} ${text}`;
}
