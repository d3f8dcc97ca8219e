import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Documents that may be long: the runbook and reports. */
const NOT_COUNTED = /^(?:CHANGELOG\.md|docs\/asvs\.md|docs\/runbook[^/]*\.md|proofs\/README\.md)$/;
const COUNTED = /(?:^|\/)README\.md$|^docs\/.*\.md$|^(?:CONTRIBUTING|SECURITY)\.md$/;
const GENERATED_TABLE = /<!-- settings: generated -->[^]*?<!-- \/settings -->/g;

/** Returns the number of words of each document, as `wc -w` counts them. Code blocks and table marks count. Generated tables do not. */
export function countWords(root: string): Map<string, number> {
  const listed = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' });
  return new Map(
    listed
      .split('\n')
      .filter((page) => COUNTED.test(page) && !NOT_COUNTED.test(page) && existsSync(join(root, page)))
      .map((page) => [page, wordsOf(readFileSync(join(root, page), 'utf8'))]),
  );
}

function wordsOf(text: string): number {
  return text.replace(GENERATED_TABLE, '').split(/\s+/).filter(Boolean).length;
}
