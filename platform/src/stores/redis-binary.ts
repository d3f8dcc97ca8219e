import { canUseApt, findOnPath, installByApt } from '../processes/programs.ts';

const MISSING =
  'Redis: neither redis-server nor valkey-server is on PATH. Install one (Debian: apt install redis-server, macOS: brew install redis), or set REDIS_URL.';

/**
 * The Redis or Valkey server to run; installed by apt if it is missing and apt may install.
 * @throws Error that says how to get one
 */
export async function findRedisBinary(progress: (sentence: string) => void): Promise<string> {
  const found = await findOnPath('redis-server', 'valkey-server');
  if (found) return found;
  if (!canUseApt()) throw new Error(MISSING);
  try {
    await installByApt(['redis-server'], progress);
  } catch (cause) {
    throw new Error(`${MISSING} (${(cause as Error).message})`, { cause });
  }
  const installed = await findOnPath('redis-server');
  if (!installed) throw new Error(MISSING);
  return installed;
}
