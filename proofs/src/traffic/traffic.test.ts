import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@mainstay/platform/testing/eventually';
import { startPlatform, type Platform } from '../../../e2e/platform.js';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient, type Send } from '../clients/http-client.ts';
import { readArguments } from './read-arguments.ts';
import { createTally, startTraffic } from './traffic.ts';

describe('npm run traffic', () => {
  it('ends after five minutes by default', () => {
    expect(readArguments([])).toMatchObject({ rate: 10, duration: 300, people: 20, feeds: 5 });
  });

  it.each([
    [['--people', '51'], '--people must be a number from 2 to 50, but is "51".'],
    [['--rate', 'lots'], '--rate must be a number from 0.1 to 500, but is "lots".'],
    [['--duration', ''], '--duration must be a number from 1 to 86400, but is "".'],
    [['--url', 'localhost:3000'], '--url must be an http or https address, but is "localhost:3000".'],
    [['--bogus'], /Unknown option '--bogus'/],
  ])('refuses %j in one sentence', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });

  it('reports the results of the requests', () => {
    const tally = createTally();
    expect(tally.sentence()).toMatch(/^0\.0\/s: nothing yet;/);
    for (const outcome of ['2xx', '2xx', '4xx', '5xx']) tally.count(outcome, 10);
    tally.count('without a reply');
    expect(tally.sentence()).toMatch(
      /\/s: 2 × 2xx, 1 × 4xx, 1 × 5xx, 1 × without a reply; p50 10 ms, p99 10 ms; 0 events seen live$/,
    );
  });

  it('says what is wrong if no server responds', async () => {
    const options = { url: 'http://127.0.0.1:1', rate: 1, people: 2, feeds: 0, signal: new AbortController().signal };
    await expect(startTraffic(options)).rejects.toThrow(
      'http://127.0.0.1:1 does not answer (not sent: ECONNREFUSED). Is the platform running?',
    );
  });
});

describe('traffic on a platform', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await startPlatform();
  }, 60_000);
  afterAll(() => platform.close());

  it('registers each user with a password of its own', async () => {
    const client = openHttpClient({ url: platform.url });
    const passwords: unknown[] = [];
    const send: Send = (asked) => {
      if (asked.path === '/v1/users') passwords.push((asked.body as { password: string }).password);
      return client.send(asked);
    };
    for (let user = 1; user <= 2; user += 1) await (await openCustomer(send)).signIn();
    client.close();
    expect(new Set(passwords).size).toBe(2);
  });

  it('pays, watches, and ends when the signal stops it', async () => {
    const posted = () => platform.metric('accounts', 'ledger_postings_total', 'kind="transfer",outcome="posted"');
    const ending = new AbortController();
    const options = { url: platform.url, rate: 20, people: 3, feeds: 1, signal: ending.signal };
    const { tally, done } = await startTraffic(options);
    await eventually(posted, (count) => count >= 5);
    await eventually(
      () => Promise.resolve(tally.sentence()),
      (sentence) => / [1-9]\d* events seen live/.test(sentence),
    );
    ending.abort();
    await done;
  });
});
