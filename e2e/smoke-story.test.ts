import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { playStory } from '../k8s/components/argo-blue-green/story.mjs';
import { serviceNames } from '@mainstay/platform/services';
import { startPlatform, type Platform } from './platform.js';

let platform: Platform;
beforeAll(async () => void (platform = await startPlatform({ DEMO_DEPOSITS: 'false' })), 120_000);
afterAll(() => platform.close());

describe('the smoke story, on a platform without demo deposits', () => {
  it('opens accounts and reads only', async () => {
    await playStory(platform.url);
    expect(await platform.metric('accounts', 'http_request_duration_seconds_count', 'deposits')).toBe(0);
    expect(await platform.metric('accounts', 'http_request_duration_seconds_count', '/v1/accounts"')).toBeGreaterThan(
      0,
    );
  });
});

/** Linux' /proc shows which program a process runs. */
const itOnLinux = process.platform === 'linux' ? it : it.skip;

describe('a platform of the tests', () => {
  itOnLinux('reads no .env of this folder', () => {
    const folders = serviceNames.map((name) => readlinkSync(`/proc/${platform.process(name).pid}/cwd`));
    expect(folders).not.toContain(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''));
  });
});
