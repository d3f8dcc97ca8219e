import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { downloadMongod } from './mongod-download.ts';
import { prepareStandIn, standInCommand } from './mongod-stand-in.ts';
import { outputOf } from '../processes/programs.ts';
import { findMongod } from './find-mongod.ts';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { supervise, type SupervisedProcess } from '../processes/supervised-process.ts';
import type { StorePlace } from './store-place.ts';

/** A running MongoDB server or its stand-in: `servedBy` names it. */
export interface EmbeddedMongo {
  url: string;
  servedBy: string;
  process: SupervisedProcess;
}

interface Server {
  servedBy: string;
  command: string;
  args: string[];
  data: string;
}

/**
 * Starts a MongoDB server: mongod if it is installed, otherwise mongodb-memory-server's download, otherwise the stand-in on Java.
 * Data that the stand-in has written is served by the stand-in again, because mongod cannot read it.
 * @throws Error in one sentence that says what is missing
 */
export async function startMongo(place: StorePlace): Promise<EmbeddedMongo> {
  const { plan, ...mongo } = await planMongo(place);
  return { ...mongo, process: await supervise(plan, { report: place.progress, attempts: 3, signal: place.signal }) };
}

/** How to start a MongoDB server. */
export async function planMongo(place: StorePlace): Promise<Omit<EmbeddedMongo, 'process'> & { plan: ProcessPlan }> {
  const server = (await realServer(place)) ?? (await standIn(place));
  await mkdir(server.data, { recursive: true });
  const url = `mongodb://127.0.0.1:${place.port}/mainstay`;
  const plan: ProcessPlan = {
    name: 'MongoDB',
    command: server.command,
    args: server.args,
    cwd: server.data,
    recordFile: join(place.directory, 'mongo.pid'),
    logFile: join(place.directory, 'logs', 'mongo.log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 20_000,
    readyTimeoutMs: 60_000,
    ports: [{ port: place.port, setting: place.portSetting }],
    isReady: () => answers(url),
  };
  return { url, servedBy: server.servedBy, plan };
}

async function realServer(place: StorePlace): Promise<Server | undefined> {
  const standInData = existsSync(join(place.directory, 'mongo-stand-in'));
  const binary = (await findMongod()) ?? (standInData ? undefined : await downloadMongod(place.progress));
  if (binary === undefined) return undefined;
  const version = /v(\d+\.\d+\.\d+)/.exec((await outputOf(binary, '--version')) ?? '')?.[1] ?? '';
  const data = join(place.directory, 'mongo');
  const args = ['--dbpath', data, '--bind_ip', '127.0.0.1', '--port', String(place.port), '--quiet'];
  return { servedBy: `MongoDB ${version} (${binary})`, command: binary, args, data };
}

async function standIn(place: StorePlace): Promise<Server> {
  const program = await prepareStandIn(place.progress);
  const data = join(place.directory, 'mongo-stand-in');
  return { ...standInCommand(program, place.port, data), servedBy: program.servedBy, data };
}

async function answers(url: string): Promise<boolean> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 1000, connectTimeoutMS: 1000 });
  try {
    await client.db().command({ ping: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
