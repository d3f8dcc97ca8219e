// @ts-check
import { join } from 'node:path';
import { isPortFree, stopRecorded, takenPortSentence } from '../../packages/embedded/src/processes.mjs';
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
export async function refuseTakenPorts({ ports }) {
  const taken = await Promise.all(
    services.flatMap((name) => {
      const { port, managementPort } = ports[name];
      const setting = name.toUpperCase();
      return [sentence(name, port, `${setting}_PORT`), sentence(name, managementPort, `${setting}_MANAGEMENT_PORT`)];
    }),
  );
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
