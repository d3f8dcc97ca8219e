import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { databases } from '@mainstay/platform/services';
import { createTestDatabase, createTestMongo, createTestRedis } from '@mainstay/platform/testing';
import { describeWith, findProgram } from '../../e2e/programs.js';
import { edgeNames } from './edges.ts';

const run = promisify(execFile);
const campaign = fileURLToPath(new URL('zero-loss.ts', import.meta.url));
const edges = edgeNames.filter((name) => findProgram(name) && findProgram('openssl'));

async function runCampaign(...options: string[]): Promise<string> {
  const [database, redis, mongo] = await Promise.all([createTestDatabase(), createTestRedis(), createTestMongo()]);
  const others = await Promise.all(
    databases.slice(1).map(async ({ service }) => ({ service, ...(await createTestDatabase()) })),
  );
  const ofOthers = others.flatMap(({ service, url, ownerUrl }) => [
    [`${service.toUpperCase()}_DATABASE_URL`, url],
    [`${service.toUpperCase()}_DATABASE_OWNER_URL`, ownerUrl],
  ]);
  const stores = {
    ...(Object.fromEntries(ofOthers) as Record<string, string>),
    DATABASE_URL: database.url,
    DATABASE_OWNER_URL: database.ownerUrl,
    REDIS_URL: redis.url,
    MONGO_URL: mongo.url,
  };
  const env = { ...process.env, ...stores, NODE_OPTIONS: '' };
  try {
    const args = [campaign, '--stores', 'given', '--against', ['pm2', ...edges].join(), ...options];
    const { stdout } = await run(process.execPath, args, { env });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${stderr}\n${stdout}`, { cause: error });
  } finally {
    await Promise.all([...[database, ...others].map((one) => one.drop()), redis.close(), mongo.drop()]);
  }
}

function isPm2Installed(): boolean {
  try {
    return createRequire(import.meta.url).resolve('pm2/bin/pm2') !== '';
  } catch {
    return false;
  }
}

if (isPm2Installed()) {
  it(`loses nothing when PM2 replaces all workers and one is killed: directly${edges.map((name) => `, through ${name}`).join('')}`, async () => {
    const told = await runCampaign(
      ...['--reloads', '2', '--kills', '1', '--scheduling', 'none', '--seed', '1', '--busy'],
      ...['--instances', '2,1,1', '--clients', '2', '--feeds', '1', '--entries', '20', '--calm', '0'],
    );
    expect(told).toContain('Nothing was lost, and nothing hung.');
  }, 600_000);
} else {
  it.skip('loses nothing when PM2 replaces all workers: skipped, because PM2 is not installed here', () => undefined);
}
for (const edge of edgeNames) {
  describeWith([edge, 'openssl'], `the way through ${edge}`, () => {
    it('is part of the campaign above', () => expect(edges).toContain(edge));
  });
}
