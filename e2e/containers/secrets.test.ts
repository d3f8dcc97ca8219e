import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { publicKeysOf } from '@mainstay/identity';

const program = fileURLToPath(new URL('../../platform/src/secrets/make-secrets.ts', import.meta.url));

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'mainstay-secrets-'))));
afterEach(() => rm(folder, { recursive: true }));

const run = () => promisify(execFile)(process.execPath, [program, folder, path.join(folder, 'for')]);

async function handedOut(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const reader of await readdir(path.join(folder, 'for'))) {
    for (const name of await readdir(path.join(folder, 'for', reader))) {
      found[`${reader}/${name}`] = (await readFile(path.join(folder, 'for', reader, name), 'utf8')).trim();
    }
  }
  return found;
}

describe('the secrets of the containers', () => {
  it('are made once, in files that only their owner can read', async () => {
    await run();
    const first = await handedOut();
    await run();
    expect(await handedOut()).toEqual(first);
    for (const name of Object.keys(first)) {
      expect((await stat(path.join(folder, 'for', name))).mode & 0o777).toBe(0o400);
    }
  });

  it('give the signing key to the gateway only', async () => {
    await run();
    const files = await handedOut();
    const privateKey = files['gateway/identity-private-keys']!;
    expect(Object.entries(files).filter(([, text]) => text.includes(privateKey))).toHaveLength(1);
    for (const name of ['accounts', 'activity']) {
      expect(files[`${name}/identity-public-keys`]).toBe(publicKeysOf(privateKey)[0]);
    }
  });

  it('are complete after a kill at any moment', async () => {
    const child = spawn(process.execPath, [program, folder, path.join(folder, 'for')], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    // Kill the program as soon as one file exists, while most files are missing.
    while (child.exitCode === null && (await readdir(folder)).length === 0) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await ended;
    const kept = await readFile(path.join(folder, 'secrets.json'), 'utf8').catch(() => undefined);
    await run();
    if (kept !== undefined) expect(await readFile(path.join(folder, 'secrets.json'), 'utf8')).toBe(kept);
    const files = await handedOut();
    expect(files['roles/accounts-password']).toBe(new URL(files['accounts/database-url']!).password);
    for (const service of ['gateway', 'accounts', 'activity']) {
      const { username, password } = new URL(files[`${service}/redis-url`]!);
      const digest = createHash('sha256').update(password).digest('hex');
      expect([username, files['redis/users.conf']]).toEqual([
        service,
        expect.stringContaining(`user ${service} on #${digest} `),
      ]);
    }
    expect(files['redis/password.conf']).not.toContain(new URL(files['gateway/redis-url']!).password);
    expect(Object.keys(files).filter((name) => name.endsWith('.new') || files[name] === '')).toEqual([]);
  });
});
