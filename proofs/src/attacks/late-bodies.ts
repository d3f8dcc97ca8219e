/** Issue: ten anonymous requests whose body ended just before the deadline opened the breaker of accounts. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { connect } from './front.ts';

const requests = 20;
const lastByteMs = [9_900, 9_970];

/** The last byte of 20 sign-ins comes a moment before the deadline of 10 s; twice. */
export const lateBodies: Attack = {
  name: 'late bodies',
  async run({ front }) {
    const body = '{"email":"nobody@example.com","password":"correct horse battery staple"}';
    const head = `POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const ms of lastByteMs) {
      const sockets = Array.from({ length: requests }, () => connect(front));
      for (const socket of sockets) socket.write(head + body.slice(0, -1));
      await delay(ms);
      for (const socket of sockets) socket.write(body.slice(-1));
      await delay(2_000);
      for (const socket of sockets) socket.destroy();
    }
  },
};
