import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateIdentityKeys, publicKeysOf } from '@mainstay/identity';
import { rotateLists } from './rotate-lists.ts';
import { rotateDotenv } from './rotate-dotenv.ts';

const { privateKey, publicKey } = generateIdentityKeys();
const names = { secrets: ['session'], privateKeys: 'private', publicKeys: 'public', state: 'rotation' };
const initial = { session: 'old', private: privateKey, public: publicKey };
const hours = (count: number) => new Date(Date.UTC(2026, 0, 1, count));

describe('rotateLists', () => {
  it('appends a new secret, moves it to the front, then drops the old one; the public keys match the private keys', () => {
    const added = rotateLists(initial, names, 'add', { now: hours(0) });
    const [old, fresh] = added.session?.split(',') ?? [];
    expect([old, fresh?.length]).toEqual(['old', 64]);
    const used = rotateLists(added, names, 'use', { now: hours(1) });
    expect(used.session).toBe(`${fresh},old`);
    for (const values of [added, used]) {
      expect(values.public).toBe(publicKeysOf(values.private ?? '').join(','));
      expect(values.public?.split(',')).toHaveLength(2);
    }
    const dropped = rotateLists(used, names, 'drop', { now: hours(25) });
    expect(dropped).toEqual({ session: fresh, private: used.private?.split(',')[0], public: expect.any(String) });
    expect(dropped.public).not.toBe(publicKey);
  });

  it('changes nothing when a step is repeated', () => {
    const added = rotateLists(initial, names, 'add');
    expect(rotateLists(added, names, 'add')).toBe(added);
    const used = rotateLists(added, names, 'use');
    expect(rotateLists(used, names, 'use')).toBe(used);
    expect(rotateLists(initial, names, 'drop')).toBe(initial);
  });

  it('refuses a step that comes too early', () => {
    const added = rotateLists(initial, names, 'add');
    expect(() => rotateLists(initial, names, 'use')).toThrow('the next step is add');
    expect(() => rotateLists(added, names, 'drop')).toThrow('the next step is use');
    const used = rotateLists(added, names, 'use', { now: hours(0) });
    expect(() => rotateLists(used, names, 'drop', { now: hours(23) })).toThrow(
      '2026-01-02T00:00:00.000Z, or use --now',
    );
    expect(rotateLists(used, names, 'drop', { now: hours(1), early: true }).rotation).toBeUndefined();
  });
});

describe('secrets in files', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'mainstay-rotation-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('are rotated in .env, and other lines of .env do not change', async () => {
    const file = join(folder, '.env');
    const pem = ['-----BEGIN PRIVATE KEY-----', privateKey, '-----END PRIVATE KEY-----'].join('\n');
    const lines = [
      '# ours',
      'PORT=1',
      `SESSION_SECRET="it's one"`,
      'CURSOR_SECRETS=c',
      `IDENTITY_PRIVATE_KEYS='${pem}'`,
    ];
    await writeFile(file, `${[...lines, `IDENTITY_PUBLIC_KEYS=${publicKey}`, 'WORKERS=2'].join('\n')}\n`);
    expect(await rotateDotenv(file, 'add')).toBe(true);
    expect(await rotateDotenv(file, 'add')).toBe(false);
    await rotateDotenv(file, 'use');
    const used = await readFile(file, 'utf8');
    expect(used.startsWith('# ours\nPORT=1\nWORKERS=2\n')).toBe(true);
    const values = parseEnv(used);
    expect(values.SESSION_SECRET).toMatch(/^[0-9a-f]{64},it's one$/);
    expect(publicKeysOf(values.IDENTITY_PRIVATE_KEYS ?? '')).toEqual(values.IDENTITY_PUBLIC_KEYS?.split(','));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await rotateDotenv(file, 'drop', { early: true });
    expect(Object.keys(parseEnv(await readFile(file, 'utf8')))).toHaveLength(6);
  });

  it("are rotated in the services' files, and old lines of .env do not change", async () => {
    const file = join(folder, '.env');
    const old = `PORT=1\nSESSION_SECRET=old\nCURSOR_SECRETS=old\nIDENTITY_PRIVATE_KEYS=${privateKey}\nIDENTITY_PUBLIC_KEYS=${publicKey}\n`;
    await writeFile(file, old);
    await writeFile(`${file}.gateway`, `REDIS_URL=r\nSESSION_SECRET=s\nIDENTITY_PRIVATE_KEYS=${privateKey}\n`);
    for (const name of ['accounts', 'activity'])
      await writeFile(`${file}.${name}`, `CURSOR_SECRETS=c\nIDENTITY_PUBLIC_KEYS=${publicKey}\n`);
    const read = async (name: string) => parseEnv(await readFile(`${file}.${name}`, 'utf8'));

    expect(await rotateDotenv(file, 'add')).toBe(true);
    expect(await rotateDotenv(file, 'add')).toBe(false);
    const [gateway, accounts, activity] = await Promise.all(['gateway', 'accounts', 'activity'].map(read));
    expect(gateway?.SESSION_SECRET).toMatch(/^s,[0-9a-f]{64}$/);
    expect(accounts?.CURSOR_SECRETS).not.toBe(activity?.CURSOR_SECRETS);
    for (const one of [accounts, activity])
      expect(one?.IDENTITY_PUBLIC_KEYS?.split(',')).toEqual(publicKeysOf(gateway?.IDENTITY_PRIVATE_KEYS ?? ''));
    expect(await readFile(file, 'utf8')).toBe(old);
    await rotateDotenv(file, 'use');
    await rotateDotenv(file, 'drop', { early: true });
    const { SECRETS_ROTATION, SESSION_SECRET, REDIS_URL } = await read('gateway');
    expect([SECRETS_ROTATION, SESSION_SECRET?.length, REDIS_URL]).toEqual([undefined, 64, 'r']);
  });

  it('of containers are rotated, and each container gets only its own secrets', async () => {
    const program = join(import.meta.dirname, 'make-secrets.ts');
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [program, ...args, folder, join(folder, 'for')]);
    const read = async (name: string) => (await readFile(join(folder, 'for', name), 'utf8')).trim();
    await run();
    const [old, password] = [await read('gateway/session-secret'), await read('redis/password')];
    await run('--rotate', 'add');
    await run();
    expect((await read('gateway/session-secret')).startsWith(`${old},`)).toBe(true);
    expect((await read('accounts/cursor-secrets')).split(',')).toHaveLength(2);
    await run('--rotate', 'use');
    const keys = (await read('gateway/identity-private-keys')).split(',');
    expect(await read('activity/identity-public-keys')).toBe(publicKeysOf(keys).join(','));
    await expect(run('--rotate', 'drop')).rejects.toThrow('would be signed out');
    await run('--rotate', 'drop', '--now');
    expect(await read('gateway/session-secret')).not.toContain(old);
    expect(await read('redis/password')).toBe(password);
  });
});
