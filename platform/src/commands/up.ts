/**
 * npm run up: starts the whole platform in containers. Builds or pulls the images, reports which container waits for which, and prints
 * addresses, demo users and next steps. It also updates a running platform; to lose no request during an update, use npm run release.
 *
 *   npm run up                                   Docker Compose, behind nginx: docs/compose.md
 *   npm run up -- compose [--pull | --no-build] [--profile NAME]… [--ready-within SECONDS, 300]
 *       --pull       pulls the images of MAINSTAY_TAG from their registry
 *       --no-build   uses the images that this machine has
 *       --profile    starts haproxy, monitoring, logging or tracing in addition
 *
 * feature: kubernetes
 *   npm run up -- kubernetes [--overlay NAME, local] [--context NAME] [--ready-within SECONDS, 300]
 *       applies an overlay of k8s/overlays, or a folder, with the images that it names: docs/kubernetes.md
 * end feature: kubernetes
 */
import { install } from '../start/install.ts'; // feature: kubernetes
import { Refusal, runCommand } from '../terminal.ts';

/**
 * The code of each way to start the platform is imported only when the user names this way. Compose needs no installed packages, so it works in a
 * fresh clone.
 */
const ways = new Map<string, () => Promise<(args: string[]) => Promise<void>>>([
  ['compose', async () => (await import('../up/compose.ts')).upByCompose],
  // feature: kubernetes
  [
    'kubernetes',
    async () => {
      await install();
      return (await import('../up/kubernetes.ts')).upByKubernetes;
    },
  ],
  // end feature: kubernetes
]);

await runCommand(async () => {
  const [first = '', ...rest] = process.argv.slice(2);
  const [name, args] = first === '' || first.startsWith('-') ? ['compose', process.argv.slice(2)] : [first, rest];
  const find = ways.get(name);
  if (!find)
    throw new Refusal(
      `Choose where the platform runs: npm run up -- ${[...ways.keys()].join(' | ')}. --help lists the options.`,
    );
  const up = await find();
  await up(args);
});
