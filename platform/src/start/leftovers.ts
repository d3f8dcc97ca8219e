import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPortFree, takenPortSentence } from '../processes/ports.ts';
import { recordedProcess, stopRecorded } from '../processes/processes.ts';
import { serviceNames } from '../services.ts';
import type { Settings } from '../settings.ts';
import { DEFAULT_PORTS, PORT_SETTINGS, STORE_TITLES, type StoreName } from '../stores/store-place.ts';
import { Refusal, progress } from '../terminal.ts';

/** Stops the processes that a killed start left running, before the stores that they may still write to. */
export async function stopLeftoverServices({ dataDirectory }: Settings): Promise<void> {
  const records = (await readdir(dataDirectory)).filter((file) => file.endsWith('.pid'));
  await Promise.all(
    records.map(async (file) => {
      if (file.slice(0, -'.pid'.length) in DEFAULT_PORTS) return; // a store
      const leftover = await stopRecorded(join(dataDirectory, file));
      if (leftover) progress(`${leftover.command}: stopped pid ${leftover.pid}, which a killed start had left running`);
    }),
  );
}

/** A port that the platform listens on, and the setting that moves it. */
export interface WantedPort {
  name: string;
  port: number;
  setting: string;
}

/** All ports of the services, and of the stores that are not given. */
export function wantedPorts({ ports, storePorts, given }: Settings): WantedPort[] {
  const isGiven = { postgres: given.databaseUrl, redis: given.redisUrl, mongo: given.mongoUrl };
  const stores = (Object.keys(DEFAULT_PORTS) as StoreName[]).filter((store) => isGiven[store] === undefined);
  return [
    ...serviceNames.flatMap((name) => [
      { name, port: ports[name].port, setting: `${name.toUpperCase()}_PORT` },
      {
        name: `${name} management`,
        port: ports[name].managementPort,
        setting: `${name.toUpperCase()}_MANAGEMENT_PORT`,
      },
    ]),
    ...stores.map((store) => ({
      name: STORE_TITLES[store],
      port: storePorts[store],
      setting: PORT_SETTINGS[store],
    })),
  ];
}

/**
 * Checks all ports before the installation and the build, which take long.
 * @throws Refusal naming each taken port and the process that holds it
 */
export async function refuseTakenPorts(settings: Settings): Promise<void> {
  const sentences = await Promise.all(
    wantedPorts(settings).map(async ({ name, port, setting }) => {
      if ((await isPortFree(port)) || (await isOwnStore(settings.dataDirectory, setting))) return [];
      return [await takenPortSentence(port, name, setting)];
    }),
  );
  if (sentences.flat().length > 0) throw new Refusal(sentences.flat().join('\n'));
}

/** A store that a killed start left running holds its port too; the start of the store stops it. */
async function isOwnStore(dataDirectory: string, setting: string): Promise<boolean> {
  const store = (Object.keys(PORT_SETTINGS) as StoreName[]).find((name) => PORT_SETTINGS[name] === setting);
  return store !== undefined && (await recordedProcess(join(dataDirectory, `${store}.pid`))) !== undefined;
}
