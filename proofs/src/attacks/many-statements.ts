/** Issue: statements that timed out together opened the breaker of accounts for everybody. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { connect } from './front.ts';

const connections = 30;
const lastsMs = 26_000;

/** One user asks for the PDF of a large account on 30 connections, and again when there is an answer. */
export const manyStatements: Attack = {
  name: 'many statements',
  async run({ front, attacker, makeLarge }) {
    await makeLarge(attacker.accountIds[0]);
    const path = `/v1/accounts/${attacker.accountIds[0]}/statement?format=pdf`;
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${attacker.cookie}\r\nConnection: close\r\n\r\n`;
    let isOver = false;
    const over = delay(lastsMs).then(() => (isOver = true));
    const askAgain = async (): Promise<void> => {
      while (!isOver) {
        const socket = connect(front).resume();
        socket.write(request);
        await new Promise((resolve) => {
          socket.once('close', resolve);
          void over.then(() => socket.destroy());
        });
        await delay(200);
      }
    };
    await Promise.all(Array.from({ length: connections }, askAgain));
  },
};
