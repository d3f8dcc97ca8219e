import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, send, type Visitor } from './http-client.js';
import { json } from './playing-service.js';
import { problemIn, talk } from './raw-client.js';
import { runGateway, type RunningGateway } from './running-gateway.js';

let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let redisUrl: string;
let close: () => Promise<void>;
let person: Visitor;

beforeAll(async () => {
  // Short timeouts for the test. `ServerLimits` in packages/hardening lists the default timeouts.
  const serverLimits = { headersTimeoutMs: 400, requestTimeoutMs: 800, inactivityTimeoutMs: 1_000 };
  const settings = { OVERLOAD_CONCURRENCY_MIN: '4', OVERLOAD_CONCURRENCY_MAX: '4' };
  ({ gateway, accounts, redisUrl, close } = await runGatewayAndAccounts({ serverLimits, settings }));
  person = await register(gateway.url);
});

beforeEach(() => {
  accounts.received.length = 0;
});

afterAll(() => close());

const path = '/v1/accounts';
const mine = () => `Host: shop.example\r\nCookie: ${person.cookie}\r\n`;
const post = (target: string) =>
  `POST ${target} HTTP/1.1\r\n${mine()}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`;

function drip(bytes: string) {
  return talk(gateway.url, bytes, { drop: ' ' });
}

describe('a client that sends slowly', () => {
  it('is cut off during its headers, and 50 such clients do not delay other clients', async () => {
    const slow = Array.from({ length: 50 }, () => drip(`GET ${path} HTTP/1.1\r\n${mine()}x: y`));
    expect((await person.send('GET', path)).status).toBe(200);
    for (const conversation of await Promise.all(slow)) {
      expect(conversation).toMatchObject({ statuses: [408], endedBy: 'server' });
      expect(problemIn(conversation)).toMatchObject({ status: 408, code: 'deadline_exceeded' });
    }
    expect(accounts.received).toHaveLength(1);
  });

  it('is cut off during its body, and the service never gets the request', async () => {
    expect(await drip(post(path))).toMatchObject({ statuses: [408], endedBy: 'server' });
    expect(accounts.received).toEqual([]);
  });

  it('does not use up the overload limit, even with 100 such requests', async () => {
    const slow = ['/v1/session', path].flatMap((target) => Array.from({ length: 50 }, () => drip(post(target))));
    let served = 0;
    let areSlow = true;
    const ended = Promise.all(slow).then(() => (areSlow = false));
    while (areSlow) {
      const { status } = await person.send('GET', path);
      expect(status).toBe(200);
      served += 1;
    }
    await ended;
    expect(served).toBeGreaterThan(0);
    expect(await gateway.metrics()).not.toMatch(/^overload_refusals_total{part="accounts"} [1-9]/m);
  });

  it('is cut off during the body of a sign-in, and no password is checked', async () => {
    const before = accounts.passwordsWorkedOn();
    expect(await drip(post('/v1/session'))).toMatchObject({ statuses: [408], endedBy: 'server' });
    expect(accounts.passwordsWorkedOn()).toBe(before);
  });
});

describe('a client that does not read', () => {
  it('is cut off, and the gateway reads no more of the response than the buffers hold', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const cancelled = new Promise<void>((resolve) => {
      accounts.on(`GET ${path}`, (_req, res) => {
        res.on('close', resolve).on('error', () => undefined);
        const write = (): void => {
          do written += chunk.length;
          while (res.write(chunk));
        };
        res.on('drain', write);
        write();
      });
    });
    const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause().write(`GET ${path} HTTP/1.1\r\n${mine()}\r\n`);
    await cancelled;
    // The kernel buffers some megabytes on both connections, but a gateway with its own buffer would read everything.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
  });
});

describe('a client that sends many requests at once', () => {
  it('has only one request at the service at a time', async () => {
    let [underWay, most] = [0, 0];
    accounts.on(`GET ${path}`, (_req, res) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        json(res, 200, {});
      });
    });
    const { statuses } = await talk(gateway.url, `GET ${path} HTTP/1.1\r\n${mine()}\r\n`.repeat(100), { replies: 100 });
    expect([statuses.length, most]).toEqual([100, 1]);
  });
});

describe('connections', () => {
  it('are limited: a further connection is closed at once, until an earlier connection has ended', async () => {
    const bounded = await runGateway({ redisUrl, settings: { CONNECTIONS_MAX: '2' } });
    const { port } = new URL(bounded.url);
    const open = () => net.connect(Number(port), '127.0.0.1').on('error', () => undefined);
    const [first, second] = [open(), open()];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    expect(await talk(bounded.url, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({
      statuses: [],
      endedBy: 'server',
    });
    first.destroy();
    let status = 0;
    while (status === 0) {
      status = await send(bounded.url, 'GET', '/healthz').then(
        (reply) => reply.status,
        () => 0,
      );
    }
    expect(status).toBe(200);
    second.destroy();
    await bounded.close();
  });
});
