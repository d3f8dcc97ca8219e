import { canUseApt, findOnPath, installByApt } from '../processes/programs.ts';

/**
 * The Redis or Valkey server to run; installed by apt if it is missing and apt may install.
 * @throws Error that says how to get one
 */
export async function findRedisBinary(progress: (sentence: string) => void): Promise<string> {
  const find = () => findOnPath('redis-server', 'valkey-server');
  const found = await find();
  if (found) return found;
  if (canUseApt()) await installByApt(['redis-server'], progress);
  const installed = await find();
  if (installed) return installed;
  throw new Error(
    'Redis: neither redis-server nor valkey-server is on PATH. Install one (Debian: apt install redis-server, macOS: brew install redis), or set REDIS_URL.',
  );
}
