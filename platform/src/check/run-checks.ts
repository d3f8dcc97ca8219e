import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../processes/run-program.ts';
import { root } from '../root.ts';
import { compiler, install } from '../start/install.ts';
import { Refusal } from '../terminal.ts';
import { changedFiles } from './changed-files.ts';
import { documentationBreaches } from './documentation.ts';
import { proseBreaches } from './plain-english.ts';
import { findBreaches, trackedTexts } from './tidy.ts';

/** `run` rejects with a readable message if something is wrong. */
type Check = [name: string, run: () => Promise<unknown>];

const installed = (path: string) => join(root, 'node_modules', path);
const cache = (name: string) => ['--cache', '--cache-location', `node_modules/.cache/${name}/${name}-cache`];
/** A fork may delete proofs/. */
const proofs = existsSync(join(root, 'proofs')) ? ['proofs'] : [];
const cruised = ['packages', 'services', 'platform', 'e2e', 'monitoring/src', ...proofs];

const checksOf = (files: readonly string[]): Check[] => [
  // The build comes first, because packages import each other's compiled files.
  program('build', compiler, '-b'),
  program('types, with tests and scripts', compiler, '-p', 'tsconfig.test.json'),
  program('types of the web interface', compiler, '-p', 'services/web/tsconfig.json'), // fork:remove web
  program('lint', installed('eslint/bin/eslint.js'), '--max-warnings', '0', ...cache('eslint'), ...linted(files)),
  program('format', installed('prettier/bin/prettier.cjs'), ...FORMAT, ...cache('prettier'), ...files),
  program('imports', installed('dependency-cruiser/bin/dependency-cruiser.mjs'), '--output-type', 'err', ...cruised),
  program('dead code', installed('knip/bin/knip.js'), '--no-progress', '--no-config-hints'),
  ['house rules', () => refuse(findBreaches(root))],
  ['documentation', () => refuse(checkDocumentation())],
  program('generated files', join(root, 'platform/src/commands/generate.ts'), '--check'),
];

const FORMAT = ['--check', '--log-level=warn', '--ignore-unknown'];

/** Without these options, ESLint would fail if no source file is left, or if its configuration ignores a file. */
function linted(files: readonly string[]): string[] {
  const sources = files.filter((file) => file === '.' || /\.(tsx?|[mc]?js)$/.test(file));
  return ['--no-error-on-unmatched-pattern', '--pass-on-no-patterns', '--no-warn-ignored', ...sources];
}

/** Returns the exit code. `changedOnly` limits lint and format to the files that differ from the main branch. */
export async function runChecks({ changedOnly }: { changedOnly: boolean }): Promise<number> {
  await install();
  const checks = checksOf(changedOnly ? [...(await changedFiles(root)), 'package.json'] : ['.']);
  let failures = 0;
  for (const [name, run] of checks) {
    const startedAt = performance.now();
    const failure = await run().then(
      () => undefined,
      (error: Error) => error,
    );
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (failure) console.log(`\n${failure.message}`);
    console.log(`${failure ? 'FAIL' : 'ok  '}  ${name} (${seconds} s)`);
    if (failure) failures += 1;
  }
  console.log(`\n${checks.length - failures} checks passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

function program(name: string, script: string, ...args: string[]): Check {
  return [name, () => runProgram(process.execPath, [script, ...args], { failure: `${name} failed` })];
}

async function refuse(breaches: Promise<string[]>): Promise<void> {
  const found = await breaches;
  if (found.length > 0) throw new Refusal(found.join('\n'));
}

async function checkDocumentation(): Promise<string[]> {
  const texts = await trackedTexts(root);
  const pages = texts.map(({ file }) => file).filter((file) => file.endsWith('.md'));
  return [...texts.flatMap(({ file, text }) => proseBreaches(file, text)), ...documentationBreaches(root, pages)];
}
