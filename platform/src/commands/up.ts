/**
 * npm run up: the whole platform in containers. Builds or pulls the images, starts everything, says what waits for what, and prints the table of
 * addresses, demo users and next steps. A platform that runs is brought up to date; to replace it without losing a request: npm run release.
 *
 *   npm run up                                   Docker Compose, behind nginx: docs/compose.md
 *   npm run up -- compose [--pull | --no-build] [--profile NAME]… [--ready-within SECONDS, 300]
 *       --pull       takes the images of MAINSTAY_TAG from their registry
 *       --no-build   takes the images that are there
 *       --profile    also haproxy, monitoring, logging, tracing
 *
 * feature: kubernetes
 *   npm run up -- kubernetes [--overlay NAME, local] [--namespace NAME] [--context NAME] [--ready-within SECONDS, 300]
 *       applies an overlay of k8s/overlays, or a folder, with the images that it names: docs/kubernetes.md
 * end feature: kubernetes
 */
// feature: kubernetes
import { install } from '../start/install.ts';
// end feature: kubernetes
import { Refusal, runCommand } from '../terminal.ts';

/** Imported when they are named: compose needs no packages, so that it works in a fresh clone. */
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
  if (!find) throw new Refusal(`Say where: npm run up -- ${[...ways.keys()].join(' | ')}. --help lists the options.`);
  const up = await find();
  await up(args);
});
