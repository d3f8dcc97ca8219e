import { git } from './tidy.ts';

/**
 * Returns the files that differ from the commit where this branch left the main branch: committed, uncommitted and new
 * files. Deleted files are left out. If there is no main branch, compares with the last commit.
 */
export async function changedFiles(directory: string): Promise<string[]> {
  const added = await git(directory, 'ls-files', '-z', '--others', '--exclude-standard');
  const since = (base: string) => git(directory, 'diff', '--name-only', '-z', '--diff-filter=d', '--merge-base', base);
  const changed = await since('origin/main')
    .catch(() => since('main'))
    .catch(() => since('HEAD'));
  return [...changed, ...added];
}
