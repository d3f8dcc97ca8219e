import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runGatewayAndAccounts, type GatewayAndAccounts } from './gateway-and-accounts.js';
import { register, safetyHeaders } from './http-client.js';
import { malformedRequests } from './malformed-requests.js';
import { json } from './playing-service.js';
import { problemIn, talk } from './raw-client.js';
import { answerAll, completedAt, path, rawRequests, type RawRequests } from './raw-requests.js';
import type { RunningGateway } from './running-gateway.js';

let accounts: GatewayAndAccounts['accounts'];
let gateway: RunningGateway;
let close: () => Promise<void>;
let requests: RawRequests;

beforeAll(async () => {
  ({ gateway, accounts, close } = await runGatewayAndAccounts());
  requests = rawRequests((await register(gateway.url)).cookie);
});

beforeEach(() => answerAll(accounts));

afterAll(() => close());

const completed = () => completedAt(accounts);

describe('an invalid request', () => {
  it.each(malformedRequests)(
    '%s is refused and closes the connection, so that later requests get no response',
    async (_what, bytes, status = 400) => {
      const conversation = await talk(gateway.url, bytes(requests) + requests.get());
      expect(conversation).toMatchObject({ statuses: [status], endedBy: 'server' });
      expect(conversation.text).toMatch(/^connection: close\r$/im);
      expect(conversation.text).toMatch(/^content-type: application\/problem\+json\r$/im);
      const ids = { requestId: expect.stringMatching(/^[\w-]{36}$/), traceId: expect.stringMatching(/^[0-9a-f]{32}$/) };
      expect(problemIn(conversation)).toMatchObject({ status, ...ids });
      expect(completed()).toEqual([]);
    },
  );
});

describe('a refusal', () => {
  it.each(['nonsense\r\n\r\n', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'])(
    'of %j has the security headers of every other response',
    async (bytes) => {
      const { text } = await talk(gateway.url, bytes);
      const lines = text.toLowerCase().split('\r\n');
      for (const [name, value] of Object.entries(await safetyHeaders(gateway.url))) {
        expect(lines).toContain(`${name}: ${String(value)}`.toLowerCase());
      }
    },
  );
});

describe('a target in the form that browsers send', () => {
  // A browser sends these characters except `'` unchanged (URL standard, special-query percent-encode set).
  it.each(['?utm_campaign=a|b', '?x[]=1', '?q={a}', '?q=100%', '?q=%zz', '?q=a^b`c', '?q=a\\b', "?q=it's", '?a?b/c@d'])(
    'is forwarded with the query %s',
    async (query) => {
      const { statuses } = await talk(gateway.url, requests.get('', path + query), { replies: 1 });
      expect([statuses, completed()]).toEqual([[200], [`GET ${path}${query}`]]);
    },
  );

  it.each(['/a|b', '/a[b]', '/a^b'])('gets 404 for the path %s', async (target) => {
    expect((await talk(gateway.url, requests.get('', target), { replies: 1 })).statuses).toEqual([404]);
  });
});

describe('a body with a malformed later part', () => {
  it('never reaches the service', async () => {
    const later = new Promise<string>((resolve) => setTimeout(resolve, 50, 'nonsense\r\n'));
    const bytes = requests.chunked('1\r\nx\r\n').replace(path, '/v1/transfers');
    expect((await talk(gateway.url, bytes, { later })).statuses).toEqual([400]);
    expect(completed()).toEqual([]);
  });

  it('gets 400 on a path of the gateway itself', async () => {
    const bytes = requests.chunked('1\r\n{\r\nnonsense\r\n').replace(path, '/v1/session');
    expect((await talk(gateway.url, bytes)).statuses).toEqual([400]);
    expect(accounts.passwordsWorkedOn()).toBe(1);
  });
});

describe('responses to earlier requests', () => {
  /** Delays the response to GET until the test calls `answer`. */
  const held = () => {
    let answer = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      accounts.on(`GET ${path}`, (_req, res) => {
        answer = () => json(res, 200, { items: [] });
        resolve();
      });
    });
    return { arrived, answer: () => answer() };
  };

  it.each([
    ['an unreadable request', 'nonsense\r\n\r\n'],
    ['a refused request', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('come before the refusal of %s, which is the last response', async (_, bytes) => {
    const { arrived, answer } = held();
    const conversation = talk(gateway.url, requests.get() + bytes + requests.get());
    await arrived;
    answer();
    expect(await conversation).toMatchObject({ statuses: [200, 400], endedBy: 'server' });
    expect(completed()).toEqual([`GET ${path}`]);
  });

  it('are the last responses if the request has Connection: close, even if more requests follow', async () => {
    const { arrived, answer } = held();
    const conversation = talk(gateway.url, requests.get('Connection: close\r\n') + requests.get() + 'nonsense\r\n\r\n');
    await arrived;
    answer();
    expect(await conversation).toMatchObject({ statuses: [200], endedBy: 'server' });
    expect(completed()).toEqual([`GET ${path}`]);
  });

  it('are the last responses if the response has Connection: close', async () => {
    const conversation = await talk(
      gateway.url,
      requests.post('Content-Length: 70000\r\n', 'x'.repeat(70_000)) + requests.get(),
    );
    expect(conversation).toMatchObject({ statuses: [413], endedBy: 'server' });
    expect(completed()).toEqual([]);
  });
});
