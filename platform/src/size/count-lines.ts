import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(ts|tsx|js|mjs|cjs|sh)$|^\.ci\//;
/** Matches tests. platform/src/test/ is the program of `npm test`, so it does not count as a test. platform/src/testing/ only supports tests, so it does. */
const TEST = /\.test\.(ts|tsx|mjs)$|^(?!platform\/src\/test\/)(.*\/)?test\/|^platform\/src\/testing/;
const GENERATED = /^.{0,4}Generated from/;

/** Non-blank lines of an area, which is a top directory. */
export interface Size {
  typescript: number;
  javascript: number;
  shell: number;
}

/** Counts the lines of source files that Git tracks or does not ignore. Leaves out tests and generated files. */
export function countLines(root: string): Map<string, Size> {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const sizes = new Map<string, Size>();
  for (const file of new Set(listed.split('\n'))) {
    if (!SOURCE.test(file) || TEST.test(file) || !existsSync(join(root, file))) continue;
    const area = file.includes('/') ? file.slice(0, file.indexOf('/')) : '(root)';
    const size = sizes.get(area) ?? { typescript: 0, javascript: 0, shell: 0 };
    const text = readFileSync(join(root, file), 'utf8');
    if (GENERATED.test(text)) continue;
    const lines = text.split('\n');
    size[languageOf(file)] += lines.filter((line) => line.trim() !== '').length;
    sizes.set(area, size);
  }
  return new Map([...sizes].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function languageOf(file: string): keyof Size {
  if (/\.tsx?$/.test(file)) return 'typescript';
  return /\.[mc]?js$/.test(file) ? 'javascript' : 'shell';
}
