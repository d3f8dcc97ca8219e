/**
 * npm run manifests: renders every overlay and component of k8s/ and checks them without a cluster. It checks settings with the
 * services' own schemas, secret files, and the time for a drain. kubeconform and kube-linter check general rules if they are installed.
 *
 *   npm run manifests -- --require-tools     fails if one of these two tools is missing; the pipeline uses this option
 */
import { checkManifests } from '../check/manifests/check-manifests.ts';
import { kubectlProblem } from '../check/manifests/targets.ts';
import { readSwitches } from '../options.ts';
import { build, install } from '../start/install.ts';
import { Refusal, runCommand } from '../terminal.ts';

await runCommand(async () => {
  const switches = readSwitches('require-tools');
  const problem = await kubectlProblem();
  if (problem) throw new Refusal(problem);
  await install();
  await build();
  return checkManifests({ requireTools: switches['require-tools'] });
});
