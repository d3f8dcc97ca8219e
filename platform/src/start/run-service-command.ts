import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { serviceNames, type ServiceName } from '../services.ts';
import { readDotenv, readSettings } from '../settings.ts';
import { Refusal, runCommand } from '../terminal.ts';
import { ensureBuilt } from './install.ts';

/** Runs a program of a service. Default stores: those of the latest `npm start` or `npm run stores`. */
export function runServiceCommand(service: ServiceName, program: string, args = process.argv.slice(2)): Promise<void> {
  return runCommand(async () => {
    const file = `services/${service}/dist/${program}.js`;
    await ensureBuilt(file, `services/${service}`);
    const { dataDirectory, find } = readSettings();
    const stores = readDotenv(join(dataDirectory, 'stores.env'));
    const prefix = `${service.toUpperCase()}_`;
    const isGiven = (name: string) => find(name, service) ?? find(name.slice(prefix.length), service);
    const missing = Object.entries(stores).filter(([name]) => name.startsWith(prefix) && !isGiven(name));
    const child = spawn(process.execPath, ['--enable-source-maps', join(root, file), ...args], {
      cwd: root, // the program reads .env and .env.<service> in `root`
      stdio: 'inherit',
      env: { ...process.env, ...Object.fromEntries(missing) },
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  });
}

export function servicesWithProgram(program: string): ServiceName[] {
  return serviceNames.filter((name) => existsSync(join(root, `services/${name}/src/${program}.ts`)));
}

/** Separates the name of a service from the arguments of its program. Without a name, chooses the first of `names`. */
export function chooseService<Name extends string>(args: readonly string[], names: readonly Name[]) {
  const [first = '-', ...rest] = args;
  if (first.startsWith('-')) return { service: names[0]!, args: [...args] };
  const service = names.find((name) => name === first);
  if (!service)
    throw new Refusal(`The command does not work for ${first}. Name one of these services: ${names.join(', ')}`);
  return { service, args: rest };
}
