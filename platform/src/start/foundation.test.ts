import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { forEachService, migrations } from '../services.ts';
import { readSettings } from '../settings.ts';
import type { Stores } from '../stores/open-stores.ts';
import { createTestDatabase, type TestDatabase } from '../testing.ts';
import { prepareStores } from './foundation.ts';
import { serviceSettings } from './service-settings.ts';

let folder: string;
let databases: Record<string, TestDatabase>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foundation-'));
  await mkdir(join(folder, '.data'));
  const made = migrations.map(async ({ service }) => [service, await createTestDatabase()] as const);
  databases = Object.fromEntries(await Promise.all(made));
});
afterEach(async () => {
  await Promise.all([...Object.values(databases).map((database) => database.drop()), rm(folder, { recursive: true })]);
});

/** Prepares the stores for the `.env` files of `folder`, and returns the settings of each service. */
async function settingsOfServices() {
  const settings = readSettings(folder);
  const urls = forEachService(() => 'not opened');
  const stores = { postgres: { databases }, redis: { urls }, mongo: { urls } } as unknown as Stores;
  const foundation = await prepareStores(settings, stores);
  return forEachService((name) => serviceSettings(name, settings, foundation));
}

it('gives each service the CURSOR_SECRETS of its own file, and of no other file', async () => {
  const made = await settingsOfServices();
  await writeFile(join(folder, '.env.activity'), "CURSOR_SECRETS='new of activity,old of activity'\n");
  const { accounts, activity } = await settingsOfServices();
  expect(activity.CURSOR_SECRETS).toBe('new of activity,old of activity');
  expect(accounts.CURSOR_SECRETS).toBe(made.accounts.CURSOR_SECRETS);
  await writeFile(join(folder, '.env.accounts'), 'CURSOR_SECRETS=of accounts\n');
  expect((await settingsOfServices()).accounts.CURSOR_SECRETS).toBe('of accounts');
});

it('gives a service without its own IDENTITY_PUBLIC_KEYS those of another service, which belong to the gateway', async () => {
  await writeFile(join(folder, '.env.gateway'), 'IDENTITY_PRIVATE_KEYS=rotated private key\n');
  await writeFile(join(folder, '.env.accounts'), 'IDENTITY_PUBLIC_KEYS=rotated public key\n');
  const { gateway, activity } = await settingsOfServices();
  expect(gateway.IDENTITY_PRIVATE_KEYS).toBe('rotated private key');
  expect(activity.IDENTITY_PUBLIC_KEYS).toBe('rotated public key');
});
