import { canUseApt, findOnPath, installByApt } from '../processes/programs.ts';

/** Installs a missing Redis by apt if this user may run apt. @throws Error that says how to install a server */
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
