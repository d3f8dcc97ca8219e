import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@mainstay/platform/root';

const run = promisify(execFile);
const RELEASE = 'd05a0ac';

/** 0.1.0, which serves, and what updates it and takes it back while it serves. */
export interface Installation {
  /** of the gateway */
  url: string;
  update: () => Promise<void>;
  goBack: () => Promise<void>;
  /** @throws Error where balances and entries do not agree */
  reconcile: () => Promise<void>;
  close: () => Promise<void>;
}

/** Limits of requests out of the way: all come from one address. Half of the customers come by TLS, as the edge says. */
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
