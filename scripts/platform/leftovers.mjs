// @ts-check
import { join } from 'node:path';
import { recordedProcess, stopRecorded } from '../../platform/src/processes/processes.ts';
import { isPortFree, takenPortSentence } from '../../platform/src/processes/ports.ts';
import { services } from './settings.mjs';
import { Refusal, progress } from './terminal.mjs';

/**
 * Stops the services that a killed start left running, before the stores that they may still be writing to.
 * @param {import('./settings.mjs').Settings} settings
 */
export async function stopLeftoverServices({ dataDirectory }) {
  await Promise.all(
    services.map(async (name) => {
      const leftover = await stopRecorded(join(dataDirectory, `${name}.pid`));
      if (leftover) progress(`${name}: stopped pid ${leftover.pid}, which a killed start had left running`);
    }),
  );
}

/**
 * Asks at once for what would otherwise fail minutes later, after installing and building.
 * @param {import('./settings.mjs').Settings} settings
 * @throws Refusal naming each taken port and its holder
 */
export async function refuseTakenPorts({ dataDirectory, ports, storePorts, given }) {
  const ofServices = services.flatMap((name) => {
    const { port, managementPort } = ports[name];
    const setting = name.toUpperCase();
    return [sentence(name, port, `${setting}_PORT`), sentence(name, managementPort, `${setting}_MANAGEMENT_PORT`)];
  });
  const taken = await Promise.all([
    ...ofServices,
    given.databaseUrl ? undefined : storeSentence('postgres', 'PostgreSQL'),
    given.redisUrl ? undefined : storeSentence('redis', 'Redis'),
    given.mongoUrl ? undefined : storeSentence('mongo', 'MongoDB'),
  ]);

  /**
   * A store that a killed start left running holds its port too; it is stopped when its turn comes.
   * @param {keyof typeof storePorts} name
   * @param {string} title
   */
  async function storeSentence(name, title) {
    const isOurs = await recordedProcess(join(dataDirectory, `${name}.pid`));
    return isOurs ? undefined : sentence(title, storePorts[name], `STORES_${name.toUpperCase()}_PORT`);
  }

  const sentences = taken.filter((text) => text !== undefined);
  if (sentences.length > 0) throw new Refusal(sentences.join('\n'));
}

/**
 * @param {string} name
 * @param {number} port
 * @param {string} setting
 */
async function sentence(name, port, setting) {
  return (await isPortFree(port)) ? undefined : takenPortSentence(port, name, setting);
}
