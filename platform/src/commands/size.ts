/**
 * npm run size: prints the number of non-blank lines of TypeScript, JavaScript and shell in each area, without tests and generated files.
 *
 *   npm run size -- words            prints the number of words of each documentation page except the long pages
 *   npm run size -- images [TAG]     prints how many MB each service's image adds to its base image; fails above 60 MB
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trackedTexts } from '../check/tidy.ts';
import { docker } from '../processes/docker.ts';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';
import { Refusal, runCommand } from '../terminal.ts';

const LANGUAGES = Object.entries({ typescript: /\.tsx?$/, javascript: /\.[mc]?js$/, shell: /\.sh$|^\.ci\// });
/** platform/src/test/ is the program of `npm test`, so it is not a test. platform/src/testing/ is code for tests. */
const TEST = /\.test\.(ts|tsx|mjs)$|^(?!platform\/src\/test\/)(.*\/)?test\/|^platform\/src\/testing/;
const GENERATED = /^.{0,4}Generated from/;
/** Documents that may be long: the runbook and reports. */
const LONG_PAGE = /^(?:CHANGELOG\.md|docs\/asvs\.md|docs\/runbook[^/]*\.md|proofs\/README\.md)$/;
const PAGE = /(?:^|\/)README\.md$|^docs\/.*\.md$|^(?:CONTRIBUTING|SECURITY)\.md$/;
const GENERATED_TABLE = /<!-- settings: generated -->[^]*?<!-- \/settings -->/g;
/** The most that a service's image may add to its base. */
const MEGABYTES_MAX = 60;

const [what, tag = 'dev'] = process.argv.slice(2);
await runCommand(async () => {
  if (what === undefined) await showLines();
  else if (what === 'words') await showWords();
  else if (what === 'images') await showImages();
  else throw new Refusal(`Unknown: ${what}. --help lists the options of this command.`);
});

async function showLines() {
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
  const { total, ...areas } = sizes;
  const { typescript = 0, javascript = 0 } = total ?? {};
  console.table({ ...areas, total });
  const share = javascript / (javascript + typescript);
  console.log(`JavaScript is ${(100 * share).toFixed(1)} % of TypeScript and JavaScript.`);
}

/** Counts words as `wc -w` does, so code blocks and the marks of tables count. Leaves out generated tables. */
async function showWords() {
  const pages = (await trackedTexts(root)).filter(({ file }) => PAGE.test(file) && !LONG_PAGE.test(file));
  const countOf = (text: string) => text.replace(GENERATED_TABLE, '').split(/\s+/).filter(Boolean).length;
  const counts = pages.map(({ file, text }) => ({ file, words: countOf(text) }));
  counts.sort((one, other) => other.words - one.words);
  counts.push({ file: 'in all', words: counts.reduce((sum, { words }) => sum + words, 0) });
  for (const { file, words } of counts) console.log(`${String(words).padStart(6)}  ${file}`);
}

/** Reads the image sizes from the local Docker engine. @throws Refusal if an image is missing or too large */
async function showImages() {
  const base = /^FROM (\S+) AS node$/m.exec(readFileSync(join(root, 'docker/Dockerfile'), 'utf8'))?.[1] ?? '';
  const images = [base, ...serviceNames.map((name) => `mainstay/${name}:${tag}`)];
  const output = await docker(['image', 'inspect', '--format', '{{.Size}}', ...images]);
  const [baseBytes = 0, ...bytes] = output.trim().split('\n').map(Number);
  const sizes = bytes.map((size) => Math.round((size - baseBytes) / 1e6));
  serviceNames.forEach((name, index) => console.log(`${name.padEnd(10)} ${sizes[index]} MB over its base`));
  if (sizes.some((megabytes) => megabytes > MEGABYTES_MAX))
    throw new Refusal(`An image adds more than ${MEGABYTES_MAX} MB to its base.`);
}
