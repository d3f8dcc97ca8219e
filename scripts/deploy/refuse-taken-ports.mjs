// @ts-check
import { isPortFree, takenPortSentence } from '../../platform/src/processes/ports.ts';
import { Refusal } from '../../platform/src/terminal.ts';
import { addressesOf, services } from './service-addresses.mjs';

/**
 * For a first deploy: where nothing of ours runs, whoever has a port is somebody else.
 * @param {{ folder: string }} release
 * @throws Refusal naming each taken port and its holder
 */
export async function refuseTakenPorts({ folder }) {
  const addresses = addressesOf(folder);
  const sentences = services.map(async (service) => {
    const { open, management } = addresses[service];
    const setting = `${service.toUpperCase()}_PORT`;
    const taken = (await isPortFree(open.port)) ? undefined : await takenPortSentence(open.port, service, setting);
    if (taken || (await isPortFree(management.port))) return taken;
    return takenPortSentence(management.port, service, `${service.toUpperCase()}_MANAGEMENT_PORT`);
  });
  const taken = (await Promise.all(sentences)).filter((sentence) => sentence !== undefined);
  if (taken.length > 0) throw new Refusal(taken.join('\n'));
}
