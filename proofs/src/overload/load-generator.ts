/**
 * A load generator in a process of its own. It keeps to the given rate whatever the platform does (an open loop): a request is due at its time, and its latency
 * counts from then. The parent sends `{ ratePerS, seconds, requests }`, gets a Measured, and ends it by disconnecting.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** requests are whole HTTP messages, chosen at random; `{key}` in one becomes a new key each time */
interface Load {
  ratePerS: number;
  seconds: number;
  requests: string[];
}
export interface Measured {
  offered: number;
  /** by status; `lost` are those without a reply */
  statuses: Record<string, number>;
  /** replies 2xx within a second of when they were due */
  good: number;
  seconds: number;
  /** of replies 2xx */
  admittedP50Ms: number;
  admittedP99Ms: number;
  refusedP99Ms: number;
}
interface Connection {
  socket: Socket;
  dueMs: number;
  isBusy: boolean;
  reply: string;
}

const goodMs = 1_000;
const connectionsMax = 512;
/** After the last request the replies under way are waited for no longer. */
const patienceMs = 3_000;

/**
 * Connections that stay open from one load to the next, as a load balancer's do. (New ones would measure something else: Node accepts one a turn of its event loop.)
 */
function openConnections(url: URL) {
  const idle: Connection[] = [];
  let settle: (status: string, dueMs: number) => void = () => {};
  const backlog: number[] = [];
  let underWay = 0;

  const open = () => {
    const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
    const connection: Connection = { socket, dueMs: 0, isBusy: false, reply: '' };
    socket.setEncoding('latin1');
    // The server waits ten seconds for a connection's first request, and longer for its next.
    socket.on('connect', () => socket.write(`GET /healthz HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`));
    socket.on('data', (text: string) => {
      connection.reply += text;
      const status = statusOfWhole(connection.reply);
      if (status === undefined) return;
      if (connection.isBusy) finish(connection, status);
      else release(connection);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (connection.isBusy) finish(connection, 'lost', { isOpen: false });
      const at = idle.indexOf(connection);
      if (at >= 0) idle.splice(at, 1);
      setTimeout(open, 100);
    });
  };

  const finish = (connection: Connection, status: string, { isOpen = true } = {}) => {
    connection.isBusy = false;
    underWay -= 1;
    settle(status, connection.dueMs);
    if (isOpen) release(connection);
  };

  let nextRequest: () => string = () => '';
  const release = (connection: Connection) => {
    const dueMs = backlog.shift();
    if (dueMs === undefined) idle.push(connection);
    else sendOn(connection, dueMs);
  };
  const sendOn = (connection: Connection, dueMs: number) => {
    connection.isBusy = true;
    connection.dueMs = dueMs;
    connection.reply = '';
    underWay += 1;
    connection.socket.write(nextRequest());
  };

  for (let count = 0; count < connectionsMax; count += 1) open();
  return {
    areAllOpen: () => idle.length === connectionsMax,
    begin(next: () => string, onReply: (status: string, dueMs: number) => void) {
      nextRequest = next;
      settle = onReply;
    },
    send(dueMs: number) {
      const connection = idle.pop();
      if (connection) sendOn(connection, dueMs);
      else backlog.push(dueMs);
    },
    isQuiet: () => underWay === 0 && backlog.length === 0,
    /** Counts what is still open as lost. */
    giveUp() {
      for (const dueMs of backlog.splice(0)) settle('lost', dueMs);
      settle = () => {};
      return underWay;
    },
  };
}

let keys = 0;

async function run(
  connections: ReturnType<typeof openConnections>,
  { ratePerS, seconds, requests }: Load,
): Promise<Measured> {
  await until(connections.areAllOpen, 10_000);
  const statuses: Record<string, number> = {};
  const admittedMs: number[] = [];
  const refusedMs: number[] = [];
  connections.begin(
    () => requests[Math.floor(Math.random() * requests.length)]?.replace('{key}', `overload-${(keys += 1)}`) ?? '',
    (status, dueMs) => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status.startsWith('2')) admittedMs.push(performance.now() - dueMs);
      else if (status === '503') refusedMs.push(performance.now() - dueMs);
    },
  );
  let offered = 0;
  const endMs = performance.now() + seconds * 1_000;
  let dueMs = performance.now();
  await until(() => {
    const nowMs = performance.now();
    while (dueMs <= nowMs && dueMs < endMs) {
      offered += 1;
      connections.send(dueMs);
      // Arrivals of many who do not know of each other: a Poisson process.
      dueMs += (-Math.log(1 - Math.random()) / ratePerS) * 1_000;
    }
    return (dueMs >= endMs && connections.isQuiet()) || nowMs >= endMs + patienceMs;
  });
  const unanswered = connections.giveUp();
  if (unanswered > 0) statuses.lost = (statuses.lost ?? 0) + unanswered;
  return {
    offered,
    statuses,
    good: admittedMs.filter((ms) => ms <= goodMs).length,
    seconds,
    admittedP50Ms: quantile(admittedMs, 0.5),
    admittedP99Ms: quantile(admittedMs, 0.99),
    refusedP99Ms: quantile(refusedMs, 0.99),
  };
}

async function until(holds: () => boolean, patienceMs = Infinity) {
  const endMs = performance.now() + patienceMs;
  while (!holds() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The status of a reply that is there to its last byte. */
function statusOfWhole(reply: string) {
  const headEnd = reply.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = reply.slice(0, headEnd);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const status = head.slice(9, 12);
  if (length !== undefined) return reply.length >= headEnd + 4 + Number(length) ? status : undefined;
  return status === '204' || reply.endsWith('0\r\n\r\n') ? status : undefined;
}

function quantile(values: number[], share: number) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

const connections = openConnections(new URL(process.argv[2] ?? ''));
process.on('message', (load: Load) => void run(connections, load).then((measured) => process.send?.(measured)));
process.on('disconnect', () => process.exit());
