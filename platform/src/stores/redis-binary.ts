import { canUseApt, findOnPath, installByApt } from '../processes/programs.ts';

/** Finds Redis or Valkey, or installs Redis if this user can run apt. @throws Error that says how to install Redis */
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
