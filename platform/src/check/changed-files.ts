import { git } from './tidy.ts';

/** Returns the changed and new files since this branch left the main branch, or since HEAD if no main branch exists. */
export async function changedFiles(directory: string): Promise<string[]> {
  const added = await git(directory, 'ls-files', '-z', '--others', '--exclude-standard');
  const since = (base: string) => git(directory, 'diff', '--name-only', '-z', '--diff-filter=d', '--merge-base', base);
  const changed = await since('origin/main')
    .catch(() => since('main'))
    .catch(() => since('HEAD'));
  return [...changed, ...added];
}
