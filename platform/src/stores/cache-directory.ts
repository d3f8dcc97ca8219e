import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The user's own cache, shared by all clones, for results that took long to build or to download. Safe to delete. */
export function cacheDirectory(): string {
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mainstay');
  mkdirSync(directory, { recursive: true });
  return directory;
}
