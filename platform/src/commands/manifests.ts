/**
 * npm run manifests: renders every overlay and component of k8s/ and checks them without a cluster. It checks secret files, the time for
 * a drain, and settings against the schemas of the services. In the pipeline, kubeconform and kube-linter check general rules.
 *
 *   npm run manifests -- --to FOLDER     also writes a file for each overlay and component into this folder
 */
import { checkManifests, kubectlProblem } from '../check/manifests/check-manifests.ts';
import { readOptions } from '../options.ts';
import { build, install } from '../start/install.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { values } = readOptions({ options: { to: { type: 'string' } } });
  const problem = await kubectlProblem();
  if (problem) throw new Refusal(problem);
  await install();
  await build();
  return checkManifests(values.to);
});
