import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTraffic } from './traffic.ts';
import { eventually } from '../../../e2e/eventually.js';
import { startPlatform, type Platform } from '../../../e2e/platform.js';

let platform: Platform;
let folder: string;
beforeAll(async () => {
  [platform, folder] = await Promise.all([startPlatform(), mkdtemp(join(tmpdir(), 'mainstay-traffic-'))]);
}, 60_000);
afterAll(async () => {
  await platform.close();
  await rm(folder, { recursive: true });
});

const signedUp = () =>
  platform.metric('gateway', 'http_request_duration_seconds_count', 'method="POST",route="/v1/users"');
const transfers = () => platform.metric('accounts', 'ledger_postings_total', 'kind="transfer",outcome="posted"');

describe('traffic', () => {
  it('pays, watches and ends when it is told, and comes back as the same people', async () => {
    const options = { url: platform.url, rate: 20, people: 3, feeds: 1, peopleFile: join(folder, 'people.json') };
    for (let run = 1; run <= 2; run += 1) {
      const ending = new AbortController();
      const before = await transfers();
      const { tally, done } = await startTraffic({ ...options, signal: ending.signal });
      await eventually(transfers, (count) => count >= before + 5);
      await eventually(
        () => Promise.resolve(tally.recent()),
        (sentence) => / 1 feeds, [1-9]/.test(sentence),
      );
      ending.abort();
      await done;
      expect(await signedUp()).toBe(3);
    }
    expect(JSON.parse(await readFile(options.peopleFile, 'utf8'))).toHaveLength(3);
  });

  it('says what is wrong where nobody answers', async () => {
    const options = {
      url: 'http://127.0.0.1:1',
      rate: 1,
      people: 2,
      feeds: 0,
      peopleFile: join(folder, 'nobody.json'),
    };
    await expect(startTraffic({ ...options, signal: new AbortController().signal })).rejects.toThrow(
      'http://127.0.0.1:1 does not answer (ECONNREFUSED). Is the platform running?',
    );
  });
});
