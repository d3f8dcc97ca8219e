// @ts-check
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readOrder } from './arguments.mjs';

let overlay = '';

beforeAll(async () => {
  overlay = await mkdtemp(join(tmpdir(), 'mainstay-overlay-'));
  await writeFile(join(overlay, 'kustomization.yaml'), '');
});
afterAll(() => rm(overlay, { recursive: true }));

describe('npm run rollout', () => {
  it.each([
    [[], /Say one of rolling/],
    [['undo'], /Say one of rolling/],
    [['rolling', '--overlay', '.'], /Say which images/],
    [['rolling', '--tag', 'latest', '--overlay', '.'], /not "latest"/],
    [['rolling', '--tag', 'a b', '--overlay', '.'], /cannot be rolled out/],
    [['rolling', '--tag', 'v1', '--overlay', 'nowhere'], /no overlay "nowhere"/],
    [['status', '--tag', 'v1'], /takes no --tag/],
    [['rolling', '--tag', 'v1', '--hold'], /belongs to blue-green/],
    [['canary', '--tag', 'v1', '--overlay', '.', '--share', '80'], /from 1 to 50/],
    [['status', '--overlay', '.', '--url', 'ftp://x'], /must be like/],
    [['status', '--overlay', '.', '--namespace', 'A_b'], /cannot be a namespace/],
    [['rolling', '--tga', 'v1'], /It takes --tag/],
  ])('refuses %j in a sentence', (args, sentence) => {
    const placed = args.map((arg) => (arg === '.' ? overlay : arg));
    expect(() => readOrder(placed)).toThrow(sentence);
  });

  it('takes tag and digests from the file of a release', async () => {
    const release = join(overlay, 'release.json');
    const digest = `sha256:${'a'.repeat(64)}`;
    const names = ['gateway', 'accounts', 'activity', 'web', 'secrets'];
    const images = Object.fromEntries(names.map((name) => [name, `registry.example/bank/${name}@${digest}`]));
    await writeFile(release, JSON.stringify({ tag: '1.2.3', revision: '', platforms: [], images }));
    expect(readOrder(['rolling', '--release', release, '--overlay', overlay])).toMatchObject({
      tag: '1.2.3',
      digests: { accounts: digest, activity: digest, gateway: digest, web: digest },
    });
    expect(() => readOrder(['rolling', '--release', release, '--tag', 'v1', '--overlay', overlay])).toThrow(
      /one of both/,
    );
    expect(() => readOrder(['rolling', '--release', overlay, '--overlay', overlay])).toThrow(/There is no file/);
  });

  it('takes a whole order', () => {
    const order = readOrder([
      'blue-green',
      '--tag',
      'v1.2',
      '--overlay',
      overlay,
      '--hold',
      '--url',
      'https://bank.example/',
    ]);
    expect(order).toMatchObject({ verb: 'blue-green', tag: 'v1.2', overlay, hold: true, url: 'https://bank.example' });
  });
});
