import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file by which a clone starts a platform of its own: this one's, or that of a clone from before `platform/`. */
export function ownPlatformOf(root: string): string {
  const file = join(root, 'platform/src/start/own-platform.ts');
  return existsSync(file) ? file : join(root, 'scripts/platform/own-platform.mjs');
}
