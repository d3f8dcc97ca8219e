import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Tried in this order: the main branch of the origin, the local main branch, and the last commit. */
const BASES = ['origin/main', 'main', 'HEAD'];

/**
 * Paths, from the root, of the files that differ from the commit where this branch left the main branch: committed,
 * uncommitted and new files. Deleted files are left out.
 */
export async function changedFiles(directory: string): Promise<string[]> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: directory })).stdout.split('\0').filter(Boolean);
  const since = async ([base = 'HEAD', ...others]: string[]): Promise<string[]> =>
    git('diff', '--name-only', '-z', '--diff-filter=d', '--merge-base', base).catch((error: unknown) => {
      if (others.length === 0) throw error;
      return since(others);
    });
  return [...(await since(BASES)), ...(await git('ls-files', '-z', '--others', '--exclude-standard'))];
}
