import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRules } from './rules.ts';
import { findTargets, renderTarget } from './targets.ts';

/**
 * Renders and checks every overlay and component, and prints a line for each. The services must be built.
 * @param to a folder. If it is given, a file for each overlay and component is written there, for other tools
 */
export async function checkManifests(to?: string): Promise<number> {
  const breachesOf = await loadRules();
  let hasFailed = false;
  if (to !== undefined) await mkdir(to, { recursive: true });
  for (const target of await findTargets()) {
    const { text, objects } = await renderTarget(target);
    if (to !== undefined) await writeFile(join(to, `${target.name.replaceAll('/', '-')}.yaml`), text);
    const breaches = breachesOf(objects);
    console.log(`${breaches.length === 0 ? 'ok  ' : 'FAIL'}  ${target.name} (${objects.length} objects)`);
    for (const breach of breaches) console.log(`      ${breach}`);
    hasFailed ||= breaches.length > 0;
  }
  return hasFailed ? 1 : 0;
}
