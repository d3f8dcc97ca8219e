import { connect } from 'node:net';

/** A connection whose reply does not come for so long is given up. */
const replyMsMax = 30_000;
const reconnectMs = 50;
/** How long answers are remembered, to tell afterwards what a killed worker had answered. */
const rememberedMs = 10_000;

/** one connection: when it was answered lately (as Date.now() tells), and when it broke with a request under way */
export interface Line {
  answeredAtMs: number[];
  brokenAtMs: number | undefined;
}
interface Tally {
  sent: number;
  answered: number;
  unanswered: number;
}

/**
 * Asks for the same path again and again, on connections that it keeps for as long as the server does, each with one request under way, until so many were answered.
 */
export function startSteadyClient({
  url,
  path,
  connections,
  requests,
}: {
  url: string;
  path: string;
  connections: number;
  requests: number;
}) {
  const { hostname, port, host } = new URL(url);
  const message = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const tally: Tally = { sent: 0, answered: 0, unanswered: 0 };
  const lines = new Set<Line>();
  let finish: (value?: unknown) => void;
  const finished = new Promise((resolve) => (finish = resolve));
  let open = 0;

  function keepAsking() {
    open += 1;
    const line: Line = { answeredAtMs: [], brokenAtMs: undefined };
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
    socket.on('data', (more: string) => {
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

function isWhole(text: string) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const [, length = '0'] = /^content-length: (\d+)/im.exec(text) ?? [];
  return text.length >= end + 4 + Number(length);
}

function remember({ answeredAtMs }: Line) {
  const now = Date.now();
  answeredAtMs.push(now);
  if (answeredAtMs.length % 1_000 !== 0) return;
  const old = answeredAtMs.findIndex((atMs) => atMs > now - rememberedMs);
  answeredAtMs.splice(0, Math.max(0, old));
}
