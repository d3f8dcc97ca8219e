/** Attacks that one client can run: with up to 150 connections, for less than 30 s. */
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';
import type { Customer } from '../clients/customer.ts';
import type { Front } from '../edges.ts';

interface Target {
  front: Front;
  attacker: Customer;
  /** Gives an account 150,000 entries. */
  makeLarge: (accountId: string) => Promise<unknown>;
}
/** Resolves when the attack is over. */
export type Attack = (target: Target) => Promise<unknown>;

const STATEMENTS_MS = 26_000; // fork:remove statements
const DRIPPING_MS = 20_000;

export const attacks: Record<string, Attack> = {
  /** The overload guard limits requests in progress. Requests with slow bodies must not use up this limit. */
  'slow bodies': ({ front, attacker }) => {
    const head = `POST /v1/session HTTP/1.1\r\nHost: localhost\r\nCookie: ${attacker.cookie()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    return again(150, DRIPPING_MS, async (isOver) => {
      const socket = connect(front);
      socket.write(head);
      const dripping = setInterval(() => socket.write(' '), 5_000);
      await closed(socket, isOver);
      clearInterval(dripping);
    });
  },

  /** Bodies that end just before the deadline of 10 s must not open the gateway's breaker for accounts. */
  'late bodies': async ({ front }) => {
    const body = '{"email":"nobody@example.com","password":"correct horse battery staple"}';
    const head = `POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const lastByteMs of [9_900, 9_970]) {
      const sockets = Array.from({ length: 20 }, () => connect(front));
      for (const socket of sockets) socket.write(head + body.slice(0, -1));
      await delay(lastByteMs);
      for (const socket of sockets) socket.write(body.slice(-1));
      await delay(2_000);
      for (const socket of sockets) socket.destroy();
    }
  },

  // fork:remove statements
  /** Statements that time out together must not open the gateway's breaker for accounts. */
  'many statements': async ({ front, attacker, makeLarge }) => {
    const [account] = attacker.accounts;
    await makeLarge(account);
    const path = `/v1/accounts/${account}/statement?format=pdf`;
    return again(30, STATEMENTS_MS, (isOver) => {
      const socket = connect(front).resume();
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${attacker.cookie()}\r\nConnection: close\r\n\r\n`,
      );
      return closed(socket, isOver);
    });
  },
  // end of fork:remove statements

  /** Thousands of requests in one write must not block the gateway's event loop. */
  'long pipeline': async ({ front }) => {
    const json = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    const first = `POST /v1/session HTTP/1.1\r\nHost: localhost\r\n${json}`;
    for (let time = 0; time < 3; time += 1) {
      const socket = connect(front).resume();
      socket.write(first + 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5_000));
      await delay(4_000);
      socket.destroy();
    }
  },
};

/** Opens a connection and ignores its errors. */
export function connect({ url, ca }: Front): net.Socket {
  const to = { port: Number(new URL(url).port), host: '127.0.0.1' };
  const socket = ca ? tls.connect({ ...to, ca, servername: 'localhost' }) : net.connect(to);
  return socket.on('error', () => undefined);
}

async function again(connections: number, lastsMs: number, attack: (isOver: AbortSignal) => Promise<unknown>) {
  const isOver = AbortSignal.timeout(lastsMs);
  const attacking = async () => {
    while (!isOver.aborted) {
      await attack(isOver);
      await delay(100);
    }
  };
  await Promise.all(Array.from({ length: connections }, attacking));
}

async function closed(socket: net.Socket, isOver: AbortSignal): Promise<void> {
  const end = () => socket.destroy();
  isOver.addEventListener('abort', end);
  // Do not use events.once(), because after an error it does not wait for `close`.
  await new Promise((resolve) => socket.once('close', resolve));
  isOver.removeEventListener('abort', end);
}
