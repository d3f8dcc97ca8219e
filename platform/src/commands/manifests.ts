/**
 * npm run manifests: renders every overlay and component of k8s/, and checks the rendered objects without a cluster.
 * The command compares the settings with the schemas of the services. The command also checks the secret files and the
 * time limit for a shutdown. In the pipeline, kubeconform and kube-linter check general rules.
 *
 *   npm run manifests -- --to FOLDER     also writes one file into FOLDER for each overlay and each component
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
