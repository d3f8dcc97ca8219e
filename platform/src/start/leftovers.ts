import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortFree, takenPortSentence } from '../processes/ports.ts';
import { stopRecorded } from '../processes/processes.ts';
import { serviceNames } from '../services.ts';
import { listenersOf, type Listener, type Settings } from '../settings.ts';
import { STORES, type StoreName } from '../stores/store-place.ts';
import { Refusal, progress } from '../terminal.ts';

/** Stops what a killed `npm start` left running: first the services, and then the stores, to which services write. */
export async function stopLeftovers({ dataDirectory }: Settings): Promise<void> {
  const records = (await readdir(dataDirectory)).filter((file) => file.endsWith('.pid'));
  const isStore = (file: string) => file.slice(0, -'.pid'.length) in STORES;
  async function stop(file: string, signal: NodeJS.Signals): Promise<void> {
    const leftover = await stopRecorded(join(dataDirectory, file), { signal });
    if (leftover) progress(`${leftover.command}: stopped pid ${leftover.pid}, which a killed start had left running`);
  }
  await Promise.all(records.filter((file) => !isStore(file)).map((file) => stop(file, 'SIGTERM')));
  await Promise.all(records.filter(isStore).map((file) => stop(file, 'SIGINT'))); // on SIGTERM, PostgreSQL would wait for its clients
}

/** Returns the ports of the services and of the embedded stores. */
export function wantedPorts({ ports, storePorts, given }: Settings): (Listener & { name: string })[] {
  const isGiven = { postgres: given.databaseUrl, redis: given.redisUrl, mongo: given.mongoUrl };
  const stores = (Object.keys(STORES) as StoreName[]).filter((store) => isGiven[store] === undefined);
  return [
    ...serviceNames.flatMap((name) => listenersOf(name, ports[name]).map((listener) => ({ name, ...listener }))),
    ...stores.map((store) => ({ name: STORES[store].title, port: storePorts[store], setting: STORES[store].setting })),
  ];
}

/** Checks all ports before the slow steps. @throws Refusal that names each port in use and the process that uses it */
export async function refuseTakenPorts(settings: Settings): Promise<void> {
  const sentences = await Promise.all(
    wantedPorts(settings).map(async ({ name, port, setting }) =>
      (await isPortFree(port)) ? [] : [await takenPortSentence(port, name, setting)],
    ),
  );
  if (sentences.flat().length > 0) throw new Refusal(sentences.flat().join('\n'));
}
