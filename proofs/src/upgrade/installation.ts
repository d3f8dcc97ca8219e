import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@mainstay/platform/root';

const run = promisify(execFile);
const RELEASE = 'd05a0ac';

/** A running installation of 0.1.0, which is updated and rolled back under load. */
export interface Installation {
  /** URL of the gateway. */
  url: string;
  update: () => Promise<void>;
  goBack: () => Promise<void>;
  /** @throws Error if balances and entries do not agree */
  reconcile: () => Promise<void>;
  close: () => Promise<void>;
}

/** Rate limits are high, because all requests come from one address. */
export const SETTINGS = { RATE_LIMIT_SESSION_MAX: '1000000', RATE_LIMIT_ANONYMOUS_MAX: '1000' };

/** The files of 0.1.0, in a folder below `place`. */
export async function unpackFormerRelease(place: string): Promise<string> {
  const folder = join(place, 'release-0.1.0');
  const archive = join(place, 'release.tar');
  await mkdir(folder);
  await run('git', ['-C', root, 'archive', '--output', archive, RELEASE]);
  await run('tar', ['-x', '-f', archive, '-C', folder]);
  return folder;
}
