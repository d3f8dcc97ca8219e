// @ts-check
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { kubectlProblem } from './kubectl.mjs';
import { findTargets } from './targets.mjs';

/** @typedef {import('./find-problems.mjs').Finding} Finding */

const PATIENCE_MS = 300_000;
const problem = await kubectlProblem();
const targets = await findTargets();
if (problem) console.warn(`The manifests are not checked: ${problem}`);

describe('k8s/', () => {
  it('has overlays and components', () => {
    const names = targets.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['overlays/local', 'overlays/staging', 'overlays/production']));
    expect(names).toEqual(expect.arrayContaining(['components/http-route', 'components/vault']));
  });
});

(problem ? describe.skip : describe)('k8s/, rendered', () => {
  /** @type {Finding[]} */
  let findings;
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'print-findings.mjs')]);
    findings = JSON.parse(stdout);
  }, PATIENCE_MS);

  it.each(targets)('$name keeps to the schemas, the house rules and the arrows', ({ name }) => {
    const finding = findings.find((one) => one.name === name);
    expect(finding?.problems).toEqual([]);
    expect(finding?.objects).toBeGreaterThan(0);
  });
});
