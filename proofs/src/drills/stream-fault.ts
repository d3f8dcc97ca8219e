import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '@mainstay/platform/root';
import type { World } from './drill.ts';

const run = promisify(execFile);

/** Somebody writes to the stream what is no event; it is discarded by the command that operators have. */
export async function poisonStream({ platform }: World) {
  const { url } = platform.stores.redis;
  await run('redis-cli', ['-u', url, '--no-auth-warning', 'XADD', '{events}:stream', '*', 'event', 'no event']);
  return async () => {
    const { stdout } = await deadLetters(url, 'list');
    const [id] = /\d+-\d+/.exec(stdout) ?? [];
    if (id === undefined) throw new Error(`no dead letter is listed: ${stdout}`);
    await deadLetters(url, 'discard', id);
  };
}

function deadLetters(url: string, ...order: string[]) {
  const program = join(root, 'services/activity/dist/dead-letters.js');
  return run(process.execPath, [program, ...order], { env: { ...process.env, REDIS_URL: url } });
}
