import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { outputOf } from '../processes/programs.ts';
import { downloadMongod, findMongod } from './mongod-download.ts';
import { prepareStandIn, STAND_IN, standInArguments } from './mongod-stand-in.ts';
import { storePlan, type PlannedStore, type StorePlace } from './store-place.ts';

/**
 * Returns the plan of a MongoDB server: an installed mongod, a downloaded mongod, or the stand-in on Java. If the stand-in
 * has data, mongod is not downloaded, because mongod cannot read that data.
 * @throws Error that says which program is missing
 */
export async function planMongo(place: StorePlace): Promise<PlannedStore> {
  const { servedBy, command, args, data } = (await realServer(place)) ?? (await standIn(place));
  await mkdir(data, { recursive: true });
  const url = `mongodb://127.0.0.1:${place.port}/mainstay`;
  return {
    url,
    servedBy,
    plan: storePlan('mongo', place, { command, args, cwd: data, ping: () => ping(url) }),
  };
}

async function realServer({ directory, port, progress }: StorePlace) {
  const hasStandInData = existsSync(join(directory, 'mongo-stand-in'));
  const command = (await findMongod()) ?? (hasStandInData ? undefined : await downloadMongod(progress));
  if (command === undefined) return undefined;
  const version = /v(\d+\.\d+\.\d+)/.exec((await outputOf(command, '--version')) ?? '')?.[1] ?? '';
  const data = join(directory, 'mongo');
  const args = ['--dbpath', data, '--bind_ip', '127.0.0.1', '--port', String(port), '--quiet'];
  return { servedBy: `MongoDB ${version} (${command})`, command, args, data };
}

async function standIn({ directory, port, progress }: StorePlace) {
  const jars = await prepareStandIn(progress);
  const data = join(directory, 'mongo-stand-in');
  return { servedBy: STAND_IN, command: 'java', args: standInArguments(jars, port, data), data };
}

async function ping(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 1000, connectTimeoutMS: 1000 });
  try {
    await client.db().command({ ping: 1 });
  } finally {
    await client.close();
  }
}
