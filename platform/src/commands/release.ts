/**
 * npm run release: replaces the running release, without losing a request. If the new release fails, the former release continues or is restored.
 *
 *   npm run release -- pm2 --base DIR                  builds HEAD of this checkout and runs it under PM2: docs/bare-metal.md
 *   npm run release -- pm2 --base DIR --ref v1.2.0     builds another commit
 *   npm run release -- pm2 --base DIR --from FOLDER    runs a build that was made elsewhere
 *   npm run release -- pm2 --base DIR --release ID     goes back to a former release
 *   npm run release -- pm2 --base DIR --list           lists the releases that --release accepts
 *
 *   npm run release -- compose [SERVICE…] [--healthy-within SECONDS]
 *       replaces the containers of a running compose project; build or pull the images first: docs/compose.md
 *
 * fork:remove kubernetes
 *   npm run release -- kubernetes --overlay NAME --tag TAG           releases an overlay of k8s/overlays, or a folder: docs/rollouts.md
 *   npm run release -- kubernetes --overlay NAME --release FILE      takes the images by digest from the file that the pipeline writes
 *       [--context NAME] [--url URL of the platform]
 *       [--deadline SECONDS for the new pods of each Deployment, default 300]
 *       --story read-only   tests the release without creating data; signs in if STORY_EMAIL and STORY_PASSWORD are set
 *   npm run release -- kubernetes --overlay NAME --enter-argo        hands the pods to Argo Rollouts; the release does not change
 *   npm run release -- kubernetes --overlay NAME --leave-argo        hands the pods back to the Deployments
 * end of fork:remove kubernetes
 */
import { releaseByCompose } from '../release/compose/release-by-compose.ts';
import { releaseOnKubernetes } from '../release/kubernetes/release-on-kubernetes.ts'; // fork:remove kubernetes
import { releaseByPm2 } from '../release/pm2/release-by-pm2.ts';
import { Refusal, runCommand } from '../terminal.ts';

const ways = new Map([
  ['pm2', releaseByPm2],
  ['compose', releaseByCompose],
  ['kubernetes', releaseOnKubernetes], // fork:remove kubernetes
]);

await runCommand(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const release = ways.get(name);
  if (!release)
    throw new Refusal(
      `Choose how the platform runs: npm run release -- ${[...ways.keys()].join(' | ')}. --help lists the options.`,
    );
  await release(args);
});
