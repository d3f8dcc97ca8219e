import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Returns each package's share of CPU time from `node --cpu-prof` profiles, largest first. */
export async function timeByPackage(folder: string): Promise<[name: string, share: number][]> {
  const spent = new Map<string, number>();
  for (const file of await readdir(folder)) {
    const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
    const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
    samples.forEach((id, index) => {
      const owner = owners.get(id) ?? 'unknown';
      if (owner !== '(idle)') spent.set(owner, (spent.get(owner) ?? 0) + (timeDeltas[index] ?? 0));
    });
  }
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  return [...spent].map(([name, time]): [string, number] => [name, time / total]).sort(([, a], [, b]) => b - a);
}

function ownerOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName.startsWith('(') ? functionName : `native ${functionName}`;
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  const installed = url.split('/node_modules/').at(-1) ?? '';
  const [scope = '', name = ''] = installed.split('/');
  if (url.includes('/node_modules/')) return scope.startsWith('@') ? `${scope}/${name}` : scope;
  return /\/((?:packages|services)\/[^/]+(?:\/dist\/[^/]+)?)\//.exec(url)?.[1] ?? url;
}
