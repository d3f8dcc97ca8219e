/**
 * npm run up: starts the whole platform in containers. With Docker Compose, the command first builds or pulls the
 * images. Reports which containers are not ready. Then prints addresses, demo users and next steps.
 * The command also updates a running platform. For an update without lost requests, use npm run release.
 *
 *   npm run up                                   Docker Compose, behind nginx: docs/compose.md
 *   npm run up -- compose [--pull | --no-build] [--profile NAME]… [--ready-within SECONDS, default 300]
 *       --pull       pulls the images of MAINSTAY_TAG from their registry
 *       --no-build   uses the images that this machine has
 *       --profile    starts haproxy, monitoring, logging or tracing in addition
 *
 * fork:remove kubernetes
 *   npm run up -- kubernetes [--overlay NAME, default local] [--context NAME] [--ready-within SECONDS, default 300]
 *       applies k8s/overlays/NAME, with the images that the overlay names: docs/kubernetes.md
 *       NAME can also be the path of a folder that contains an overlay
 * end of fork:remove kubernetes
 */
import { install } from '../start/install.ts'; // fork:remove kubernetes
import { Refusal, runCommand } from '../terminal.ts';

/** The code in up/compose.ts needs no npm packages. So this function, unlike `kubernetes`, does not call `install`. */
const compose = async (args: string[]) => (await import('../up/compose.ts')).upByCompose(args);

// fork:remove kubernetes
async function kubernetes(args: string[]): Promise<void> {
  await install();
  await (await import('../up/kubernetes.ts')).upByKubernetes(args);
}
// end of fork:remove kubernetes

const ways = new Map([
  ['compose', compose],
  ['kubernetes', kubernetes], // fork:remove kubernetes
]);

await runCommand(async () => {
  const args = process.argv.slice(2);
  const name = !args[0] || args[0].startsWith('-') ? 'compose' : String(args.shift());
  const up = ways.get(name);
  if (!up)
    throw new Refusal(
      `Choose where the platform runs: npm run up -- ${[...ways.keys()].join(' | ')}. --help lists the options.`,
    );
  await up(args);
});
