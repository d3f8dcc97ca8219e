/** Issue: clients whose sign-in never arrives held all places of the overload guard. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from './front.ts';
import type { Attack } from './attack.ts';

const connections = 150;
const dripMs = 5_000;
const lastsMs = 20_000;

/** 150 signed-in connections send the body of a sign-in at a byte per 5 s, and come again when they are ended. */
export const slowBodies: Attack = {
  name: 'slow bodies',
  async run({ front, attacker }) {
    const head = `POST /v1/session HTTP/1.1\r\nHost: localhost\r\nCookie: ${attacker.cookie}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`;
    let isOver = false;
    const drip = async (): Promise<void> => {
      while (!isOver) {
        const socket = connect(front);
        socket.write(head);
        const dripping = setInterval(() => socket.write(' '), dripMs);
        await new Promise((resolve) => {
          socket.once('close', resolve);
          void over.then(() => socket.destroy());
        });
        clearInterval(dripping);
        await delay(100);
      }
    };
    const over = delay(lastsMs).then(() => (isOver = true));
    await Promise.all(Array.from({ length: connections }, drip));
  },
};
