/** npm run manifests: checks the manifests by rules of this repository, and runs kubeconform and kube-linter for general rules. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findOnPath } from '../../processes/programs.ts';
import { root } from '../../root.ts';
import { loadRules } from './rules.ts';
import { findTargets, renderTarget } from './targets.ts';

const CATALOG =
  'https://raw.githubusercontent.com/datreeio/CRDs-catalog/main/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json';
/** Each tool reads one rendered overlay or component on its standard input. */
const tools = [
  {
    name: 'kubeconform',
    args: ['-strict', '-ignore-missing-schemas', '-schema-location', 'default', '-schema-location', CATALOG],
  },
  { name: 'kube-linter', args: ['lint', '--config', join(root, 'k8s/kube-linter.yaml'), '-'] },
];

/**
 * Renders and checks every overlay and component, and prints a line for each. The services must be built.
 * @param requireTools true: a missing tool is a failure. false: a missing tool is reported and skipped
 * @returns the exit code
 */
export async function checkManifests({ requireTools }: { requireTools: boolean }): Promise<number> {
  const breachesOf = await loadRules();
  const installed = [];
  let hasFailed = false;
  for (const tool of tools) {
    if (await findOnPath(tool.name)) installed.push(tool);
    else {
      console.log(`${requireTools ? 'FAIL' : 'skip'}  ${tool.name} is not installed. The pipeline runs it.`);
      hasFailed ||= requireTools;
    }
  }
  for (const target of await findTargets()) {
    const { text, objects } = await renderTarget(target);
    const problems = [...breachesOf(objects), ...installed.flatMap((tool) => complaintsOf(tool, text))];
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${target.name} (${objects.length} objects)`);
    for (const problem of problems) console.log(`      ${problem}`);
    hasFailed ||= problems.length > 0;
  }
  return hasFailed ? 1 : 0;
}

/** Returns the output of a tool that rejects the manifests, or an empty list. */
function complaintsOf({ name, args }: (typeof tools)[number], input: string): string[] {
  const { status, stdout, stderr, error } = spawnSync(name, args, { input, encoding: 'utf8', timeout: 120_000 });
  return status === 0 ? [] : [`${name}: ${error?.message ?? `${stdout}${stderr}`.trim()}`];
}
