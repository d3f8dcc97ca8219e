import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../root.ts';

/** Imports a file of a service's build, such as `config.js`. */
export async function importBuild<Module>(service: string, module: string): Promise<Module> {
  return (await import(pathToFileURL(join(root, 'services', service, 'dist', module)).href)) as Module;
}
