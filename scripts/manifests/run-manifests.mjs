// @ts-check
import { build, install } from '../../platform/src/start/install.ts';
import { Refusal, runCommand } from '../../platform/src/terminal.ts';
import { dryRun } from './dry-run.mjs';
import { findProblems } from './find-problems.mjs';
import { kubectlProblem } from './kubectl.mjs';
import { render } from './render.mjs';
import { findTargets } from './targets.mjs';
import { writeSchemas } from './write-schemas.mjs';

const flags = ['--server', '--write-schemas'];

/**
 * Sets up, and exits with 1 where anything is wrong.
 * @param {string[]} args
 */
export function runManifests(args) {
  return runCommand(async () => {
    const strange = args.find((arg) => !flags.includes(arg));
    if (strange) throw new Refusal(`${strange} is no flag of this command: ${flags.join(', ')}`);
    const problem = await kubectlProblem();
    if (problem) throw new Refusal(problem);
    await install();
    await build();
    if (args.includes('--write-schemas')) return await takeSchemas();
    return await check(args.includes('--server'));
  });
}

/** @param {boolean} byServer */
async function check(byServer) {
  const findings = await findProblems(await findTargets(), byServer ? dryRun : undefined);
  for (const { name, objects, problems } of findings) {
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${name} (${objects} objects)`);
    for (const problem of problems) console.log(`      ${problem}`);
  }
  return findings.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

async function takeSchemas() {
  const all = [];
  for (const target of await findTargets()) all.push(...(await render(target)));
  const unknown = await writeSchemas(all);
  for (const kind of unknown) console.log(`The cluster does not know ${kind}: its schema stays as it is`);
  return 0;
}
