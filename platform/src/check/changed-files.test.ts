import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { changedFiles } from './changed-files.ts';

const directory = mkdtempSync(join(tmpdir(), 'changed-files-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: directory });
const write = (...names: string[]) =>
  names.forEach((name) => writeFileSync(join(directory, name), Math.random().toString()));

it('names the files that a branch has changed or added, committed or not, and no files that only main has changed', async () => {
  git('init', '--quiet', '--initial-branch=main');
  write('same', 'committed', 'edited', 'deleted', 'later on main');
  git('add', '.');
  git('commit', '--quiet', '--message=first');
  git('switch', '--quiet', '--create', 'work');
  write('committed');
  git('commit', '--quiet', '--all', '--message=second');
  git('switch', '--quiet', 'main');
  write('later on main');
  git('commit', '--quiet', '--all', '--message=third');
  git('switch', '--quiet', 'work');
  write('edited', 'new');
  rmSync(join(directory, 'deleted'));
  expect((await changedFiles(directory)).sort()).toEqual(['committed', 'edited', 'new']);
});
