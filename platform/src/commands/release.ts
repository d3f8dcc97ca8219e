/**
 * npm run release: puts a build into service without losing a request, and goes back by itself when the build fails. docs/rollouts.md, docs/bare-metal.md
 *
 *   npm run release -- pm2 --base DIR                  builds HEAD of this checkout and runs it under PM2
 *   npm run release -- pm2 --base DIR --ref v1.2.0     another commit
 *   npm run release -- pm2 --base DIR --from FOLDER    a build that was made elsewhere
 *   npm run release -- pm2 --base DIR --release ID     a former release: going back
 *   npm run release -- pm2 --base DIR --list           the releases to go back to
 */
import { releaseByPm2 } from '../release/pm2/release-by-pm2.ts';
import { Refusal, runCommand } from '../terminal.ts';

const ways = new Map([['pm2', releaseByPm2]]);

await runCommand(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const release = ways.get(name);
  if (!release)
    throw new Refusal(
      `Say how the platform runs: npm run release -- ${[...ways.keys()].join(' | ')}. --help lists the options.`,
    );
  await release(args);
});
