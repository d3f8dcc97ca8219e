import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(ts|tsx|js|mjs|cjs|sh)$|^\.ci\//;
/** platform/src/test/ is `npm test` itself, and platform/src/testing/ only serves tests. */
const TEST = /\.test\.(ts|tsx|mjs)$|^(?!platform\/src\/test\/)(.*\/)?test\/|^platform\/src\/testing/;
const GENERATED = /^.{0,4}Generated from/;

/** Non-blank lines by area, that is by top directory. */
export interface Size {
  typescript: number;
  javascript: number;
  shell: number;
}

/** Counts hand-written source lines of all files that git knows or would add. Tests and generated files are not counted. */
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
