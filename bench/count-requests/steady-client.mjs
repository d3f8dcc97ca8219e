// @ts-check
import { connect } from 'node:net';

/** A connection whose reply does not come for so long is given up. */
const replyMsMax = 30_000;
const reconnectMs = 50;
/** How long answers are remembered, to tell afterwards what a killed worker had answered. */
const rememberedMs = 10_000;

/** @typedef {{ answeredAtMs: number[], brokenAtMs: number | undefined }} Line one connection: when it was answered lately (as Date.now() tells), and when it broke with a request under way */
/** @typedef {{ sent: number, answered: number, unanswered: number }} Tally */

/**
 * Asks for the same path again and again, on connections that it keeps for as long as the server does, each with one request under way, until so many were answered.
 * @param {{ url: string, path: string, connections: number, requests: number }} options
 */
export function startSteadyClient({ url, path, connections, requests }) {
  const { hostname, port, host } = new URL(url);
  const message = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  /** @type {Tally} */
  const tally = { sent: 0, answered: 0, unanswered: 0 };
  /** @type {Set<Line>} */
  const lines = new Set();
  /** @type {(value?: unknown) => void} */
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  let open = 0;

  function keepAsking() {
    open += 1;
    /** @type {Line} */
    const line = { answeredAtMs: [], brokenAtMs: undefined };
    lines.add(line);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    socket.setEncoding('latin1').setTimeout(replyMsMax, () => socket.destroy());
    let text = '';
    let isWaiting = false;
    let isLast = false;

    function ask() {
      if (isLast || tally.sent - tally.unanswered >= requests) return void socket.end();
      tally.sent += 1;
      isWaiting = true;
      socket.write(message);
    }
    socket.on('connect', ask);
    socket.on('data', (/** @type {string} */ more) => {
      text += more;
      if (!isWhole(text)) return;
      isLast = /^connection: close/im.test(text);
      text = '';
      isWaiting = false;
      tally.answered += 1;
      remember(line);
      ask();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open -= 1;
      if (isWaiting) {
        tally.unanswered += 1;
        line.brokenAtMs = Date.now();
      }
      setTimeout(() => lines.delete(line), rememberedMs);
      if (tally.answered < requests) setTimeout(keepAsking, reconnectMs);
      else if (open === 0) finish();
    });
  }

  for (let number = 0; number < connections; number += 1) keepAsking();
  return { tally, lines, finished };
}

/** @param {string} text */
function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const [, length = '0'] = /^content-length: (\d+)/im.exec(text) ?? [];
  return text.length >= end + 4 + Number(length);
}

/** @param {Line} line */
function remember({ answeredAtMs }) {
  const now = Date.now();
  answeredAtMs.push(now);
  if (answeredAtMs.length % 1_000 !== 0) return;
  const old = answeredAtMs.findIndex((atMs) => atMs > now - rememberedMs);
  answeredAtMs.splice(0, Math.max(0, old));
}
