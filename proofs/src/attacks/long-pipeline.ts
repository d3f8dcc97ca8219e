/** Issue: requests that were sent in one piece blocked the event loop of the gateway. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Attack } from './attack.ts';
import { connect } from './front.ts';

const piped = 5_000;
const times = 3;

/** One POST and 5,000 × GET / in one write; three times, without an account. */
export const longPipeline: Attack = {
  name: 'long pipeline',
  async run({ front }) {
    const first =
      'POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    for (let time = 0; time < times; time += 1) {
      const socket = connect(front).resume();
      socket.write(first + 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(piped));
      await delay(4_000);
      socket.destroy();
    }
  },
};
