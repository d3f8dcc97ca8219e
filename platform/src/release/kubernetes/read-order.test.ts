import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceNames } from '../../services.ts';
import { readOrder } from './read-order.ts';

let overlay = '';

beforeAll(async () => {
  overlay = await mkdtemp(join(tmpdir(), 'mainstay-overlay-'));
  await writeFile(join(overlay, 'kustomization.yaml'), '');
});
afterAll(() => rm(overlay, { recursive: true }));

describe('npm run release -- kubernetes', () => {
  it.each([
    [['--overlay', '.'], /Say which images/],
    [['--tag', 'latest', '--overlay', '.'], /not "latest"/],
    [['--tag', 'a b', '--overlay', '.'], /cannot be released/],
    [['--tag', 'v1'], /Say where to/],
    [['--tag', 'v1', '--overlay', 'nowhere'], /no overlay "nowhere"/],
    [['--tag', 'v1', '--overlay', '.', '--url', 'ftp://x'], /must be like/],
    [['--tag', 'v1', '--overlay', '.', '--namespace', 'A_b'], /cannot be a namespace/],
    [['--tag', 'v1', '--overlay', '.', '--deadline', '5'], /from 10 to 3600/],
    [['--tga', 'v1'], /--help lists/],
  ])('refuses %j in a sentence', (args, sentence) => {
    expect(() => readOrder(args.map((arg) => (arg === '.' ? overlay : arg)))).toThrow(sentence);
  });

  it('reads tag and images from the file of a release', async () => {
    const release = join(overlay, 'release.json');
    const digest = `sha256:${'a'.repeat(64)}`;
    const names = [...serviceNames, 'web', 'secrets'];
    const images = Object.fromEntries(names.map((name) => [name, `registry.example/bank/${name}@${digest}`]));
    await writeFile(release, JSON.stringify({ tag: '1.2.3', images }));
    expect(readOrder(['--release', release, '--overlay', overlay])).toMatchObject({ tag: '1.2.3', images });
    expect(() => readOrder(['--release', release, '--tag', 'v1', '--overlay', overlay])).toThrow(/Say which images/);
    expect(() => readOrder(['--release', overlay, '--overlay', overlay])).toThrow(/not a release/);
    await writeFile(
      release,
      JSON.stringify({ tag: '1.2.3', images: { ...images, web: 'registry.example/bank/web:1' } }),
    );
    expect(() => readOrder(['--release', release, '--overlay', overlay])).toThrow(/not a release/);
  });
});
