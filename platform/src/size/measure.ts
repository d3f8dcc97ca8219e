import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trackedTexts } from '../check/tidy.ts';
import { docker } from '../processes/docker.ts';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';

/** The languages that are counted, with the endings of their files. */
const LANGUAGES = Object.entries({ typescript: /\.tsx?$/, javascript: /\.[mc]?js$/, shell: /\.sh$|^\.ci\// });
/** Matches tests. platform/src/test/ is the program of `npm test`, so it does not count as a test. platform/src/testing/ only supports tests, so it counts as tests. */
const TEST = /\.test\.(ts|tsx|mjs)$|^(?!platform\/src\/test\/)(.*\/)?test\/|^platform\/src\/testing/;
const GENERATED = /^.{0,4}Generated from/;
/** Documents that may be long: the runbook and reports. */
const LONG_PAGE = /^(?:CHANGELOG\.md|docs\/asvs\.md|docs\/runbook[^/]*\.md|proofs\/README\.md)$/;
const PAGE = /(?:^|\/)README\.md$|^docs\/.*\.md$|^(?:CONTRIBUTING|SECURITY)\.md$/;
const GENERATED_TABLE = /<!-- settings: generated -->[^]*?<!-- \/settings -->/g;

/** Returns the number of non-blank lines by language, for each top directory and in total. Does not count tests and generated files. */
export async function countLines(): Promise<Record<string, Record<string, number>>> {
  const sizes: Record<string, Record<string, number>> = {};
  for (const { file, text } of await trackedTexts(root)) {
    const [language] = LANGUAGES.find(([, files]) => files.test(file)) ?? [];
    if (!language || TEST.test(file) || GENERATED.test(text)) continue;
    const lines = text.split('\n').filter((line) => line.trim() !== '').length;
    for (const area of [file.includes('/') ? file.slice(0, file.indexOf('/')) : '(root)', 'total']) {
      const size = (sizes[area] ??= {});
      size[language] = (size[language] ?? 0) + lines;
    }
  }
  return sizes;
}

/** Returns the number of words of each document, as `wc -w` counts them. Code blocks and table marks count. Generated tables do not. */
export async function countWords(): Promise<[page: string, words: number][]> {
  const pages = (await trackedTexts(root)).filter(({ file }) => PAGE.test(file) && !LONG_PAGE.test(file));
  return pages.map(({ file, text }) => [file, text.replace(GENERATED_TABLE, '').split(/\s+/).filter(Boolean).length]);
}

/**
 * Returns how many megabytes each service's image adds to its base image, as the Docker engine of this machine reports.
 * @throws Refusal if an image is missing
 */
export async function measureImages(tag: string): Promise<[service: string, megabytes: number][]> {
  const base = /^FROM (\S+) AS node$/m.exec(readFileSync(join(root, 'docker/Dockerfile'), 'utf8'))?.[1] ?? '';
  const images = [base, ...serviceNames.map((name) => `mainstay/${name}:${tag}`)];
  const output = await docker(['image', 'inspect', '--format', '{{.Size}}', ...images]);
  const [baseBytes = 0, ...bytes] = output.trim().split('\n').map(Number);
  return serviceNames.map((name, index) => [name, Math.round(((bytes[index] ?? 0) - baseBytes) / 1e6)]);
}
