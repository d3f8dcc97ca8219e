/** npm run manifests: checks what only this repository knows of its manifests, and runs two tools for the rest. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findOnPath } from '../../processes/programs.ts';
import { root } from '../../root.ts';
import { breachesOf } from './rules.ts';
import { loadSettingsReader } from './settings-reader.ts';
import { findTargets, renderTarget } from './targets.ts';
import { wrongConnections } from './compare-connections.ts';

const CATALOG =
  'https://raw.githubusercontent.com/datreeio/CRDs-catalog/main/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json';
/** Each reads one rendered target on its standard input. */
const tools = [
  {
    name: 'kubeconform',
    args: ['-strict', '-ignore-missing-schemas', '-schema-location', 'default', '-schema-location', CATALOG],
  },
  { name: 'kube-linter', args: ['lint', '--config', join(root, 'k8s/kube-linter.yaml'), '-'] },
];

/**
 * Renders and checks every overlay and component, and prints a line for each. Needs a build.
 * @param requireTools a missing tool is a failure, and not only a sentence
 * @returns the exit code
 */
export async function checkManifests({ requireTools }: { requireTools: boolean }): Promise<number> {
  const knowledge = await loadSettingsReader();
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
    const problems = [...breachesOf(objects, knowledge), ...wrongConnections(target, objects)];
    for (const { name, args } of installed) problems.push(...(await complaintsOf(name, args, text)));
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${target.name} (${objects.length} objects)`);
    for (const problem of problems) console.log(`      ${problem}`);
    hasFailed ||= problems.length > 0;
  }
  return hasFailed ? 1 : 0;
}

/** What a tool prints when it refuses the manifests. */
function complaintsOf(command: string, args: string[], input: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', timeout: 120_000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? [] : [`${command}: ${output.trim() || `exit code ${code}`}`]));
    child.stdin.on('error', () => undefined); // it ended before it had read all
    child.stdin.end(input);
  });
}
