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
    [['--overlay', '.'], /Name the images/],
    [['--tag', 'latest', '--overlay', '.'], /not "latest"/],
    [['--tag', 'a b', '--overlay', '.'], /cannot be released/],
    [['--tag', 'v1'], /Name the overlay/],
    [['--tag', 'v1', '--overlay', 'nowhere'], /no overlay "nowhere"/],
    [['--tag', 'v1', '--overlay', '.', '--url', 'ftp://x'], /must be like/],
    [['--tag', 'V1_x', '--overlay', '.'], /cannot be released/],
    [['--tag', 'v1', '--overlay', '.', '--story', 'none'], /full or read-only/],
    [['--tag', 'v1', '--overlay', '.', '--deadline', '5'], /from 10 to 3600/],
    [['--tga', 'v1'], /--help lists/],
  ])('rejects %j with a sentence', (args, sentence) => {
    expect(() => readOrder(args.map((arg) => (arg === '.' ? overlay : arg)))).toThrow(sentence);
  });

  it('needs no images to enter or to leave Argo', () => {
    expect(readOrder(['--overlay', overlay, '--enter-argo'])).toMatchObject({ way: 'enter-argo', build: undefined });
    expect(readOrder(['--overlay', overlay, '--leave-argo'])).toMatchObject({ way: 'leave-argo', build: undefined });
  });

  it('reads tag and images from the file of a release', async () => {
    const release = join(overlay, 'release.json');
    const digest = `sha256:${'a'.repeat(64)}`;
    const names = [...serviceNames, 'web', 'secrets'];
    const images = Object.fromEntries(names.map((name) => [name, `registry.example/bank/${name}@${digest}`]));
    await writeFile(release, JSON.stringify({ tag: '1.2.3', images }));
    expect(readOrder(['--release', release, '--overlay', overlay])).toMatchObject({
      build: { tag: '1.2.3', images },
    });
    expect(() => readOrder(['--release', release, '--tag', 'v1', '--overlay', overlay])).toThrow(/Name the images/);
    expect(() => readOrder(['--release', overlay, '--overlay', overlay])).toThrow(/not a release/);
    await writeFile(
      release,
      JSON.stringify({ tag: '1.2.3', images: { ...images, web: 'registry.example/bank/web:1' } }),
    );
    expect(() => readOrder(['--release', release, '--overlay', overlay])).toThrow(/not a release/);
  });
});
