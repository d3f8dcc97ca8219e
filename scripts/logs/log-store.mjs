// @ts-check
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

/** @typedef {{ url: string, authorization?: string | undefined, ca?: string | undefined }} Access */
/** @typedef {{ status: number, body: any }} Reply */

const timeoutMs = 30_000;

/**
 * Asks Elasticsearch or Kibana for something.
 * @param {Access} access
 * @param {string} method
 * @param {string} path
 * @param {{ json?: unknown, body?: string | Buffer, headers?: Record<string, string> }} [content]
 * @returns {Promise<Reply>}
 * @throws {Error} where nobody answers within 30 s
 */
export async function ask({ url, authorization, ca }, method, path, { json, body, headers } = {}) {
  const target = new URL(url.replace(/\/$/, '') + path);
  const content = json === undefined ? body : JSON.stringify(json);
  const options = {
    method,
    timeout: timeoutMs,
    headers: {
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(authorization !== undefined && { authorization }),
      ...headers,
    },
    ...(ca !== undefined && { ca }),
  };
  const client = target.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(target, options, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: jsonOr(answer) }), reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
    request.end(content);
  });
}

/**
 * The same, where anything but success is a mistake.
 * @param {Parameters<typeof ask>} args
 * @throws {Error} that says what was asked, and what was answered
 */
export async function demand(...args) {
  const reply = await ask(...args);
  if (reply.status >= 200 && reply.status < 300) return reply.body;
  throw refusal(reply, args[1], args[2]);
}

/**
 * What was asked, and what was answered.
 * @param {Reply} reply
 * @param {string} method
 * @param {string} path
 */
export function refusal({ status, body }, method, path) {
  const reason = body?.error?.reason ?? body?.message ?? JSON.stringify(body);
  return new Error(`${method} ${path} was answered with ${status}: ${reason}`);
}

/** @param {string} answer */
function jsonOr(answer) {
  try {
    return JSON.parse(answer);
  } catch {
    return answer;
  }
}
