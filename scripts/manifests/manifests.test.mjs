// @ts-check
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadChecks } from './checks.mjs';
import { kubectlProblem } from './kubectl.mjs';
import { render } from './render.mjs';
import { findTargets } from './targets.mjs';

const problem = await kubectlProblem();
const targets = await findTargets();
// One clear sentence where they cannot be rendered; what they are held against is tested beside it in any case.
if (problem) console.warn(`Manifests are not checked: ${problem}`);

(problem ? describe.skip : describe)('k8s/', () => {
  /** @type {Awaited<ReturnType<typeof loadChecks>>} */
  let findProblems;
  beforeAll(async () => {
    findProblems = await loadChecks();
  });

  it('has overlays and components', () => {
    const names = targets.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['overlays/local', 'overlays/staging', 'overlays/production']));
    expect(names).toEqual(expect.arrayContaining(['components/http-route', 'components/vault']));
  });

  it.each(targets)('$name keeps to its schemas, the house rules and the arrows', async (target) => {
    expect(findProblems(target, await render(target))).toEqual([]);
  });
});
