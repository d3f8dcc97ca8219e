import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { playReadOnlyStory, playStory } from '../k8s/components/argo-blue-green/story.mjs';
import { serviceNames } from '@mainstay/platform/services';
import { startPlatform, type Platform } from './platform.js';

let platform: Platform;
beforeAll(async () => void (platform = await startPlatform({ DEMO_DEPOSITS: 'false' })), 120_000);
afterAll(() => platform.close());

describe('the smoke story, on a platform without demo deposits', () => {
  it('opens accounts and moves no money', async () => {
    await playStory(platform.url);
    expect(await platform.metric('accounts', 'http_request_duration_seconds_count', 'deposits')).toBe(0);
    expect(await platform.metric('accounts', 'http_request_duration_seconds_count', '/v1/accounts"')).toBeGreaterThan(
      0,
    );
  });

  it('leaves a user whose e-mail address does not reveal the password', async () => {
    await playStory(platform.url);
    const pool = new Pool({ connectionString: platform.databaseUrls.owner });
    try {
      const { rows } = await pool.query<{ email: string }>("SELECT email FROM users WHERE email LIKE 'smoke-%'");
      expect(rows).not.toEqual([]);
      for (const { email } of rows) {
        const [, password] = /^smoke-(.*)@/.exec(email)!;
        const signIn = await fetch(`${platform.url}/v1/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password }),
        });
        expect(signIn.status).toBe(401);
      }
    } finally {
      await pool.end();
    }
  });
});

describe('the read-only smoke story', () => {
  it('signs in as the given user, and adds no user and no account', async () => {
    const pool = new Pool({ connectionString: platform.databaseUrls.owner });
    try {
      const count = async () => {
        const counts = 'SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM accounts) AS accounts';
        return (await pool.query<{ users: string; accounts: string }>(counts)).rows;
      };
      const user = { email: 'watch@example.com', password: 'a-password-of-the-watch' };
      const registered = await fetch(`${platform.url}/v1/users`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...user, displayName: 'Watch' }),
      });
      expect(registered.status).toBe(201);
      const before = await count();
      await playReadOnlyStory(platform.url);
      await playReadOnlyStory(platform.url, undefined, user);
      expect(await count()).toEqual(before);
      const stranger = { email: 'not-registered@example.com', password: 'not-a-password' };
      await expect(playReadOnlyStory(platform.url, undefined, stranger)).rejects.toThrow(
        /POST \/v1\/session returned 401/,
      );
    } finally {
      await pool.end();
    }
  });
});

/** The test reads /proc, which exists only on Linux. */
const itOnLinux = process.platform === 'linux' ? it : it.skip;

describe('a platform of the tests', () => {
  itOnLinux('reads no .env of this folder', () => {
    const folders = serviceNames.map((name) => readlinkSync(`/proc/${platform.process(name).pid}/cwd`));
    expect(folders).not.toContain(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''));
  });
});
