/**
 * Sends requests of simulated users to a platform: reads, payments, mistakes, sign-ins and live feeds.
 *
 *   npm run traffic -- [--rate 10] [--duration 300] [--people 20] [--feeds 5] [--url http://127.0.0.1:3000] [--insecure]
 * Exit code 1 if no request got a reply.
 */
import { progress, runCommand } from '@mainstay/platform/terminal';
import { readArguments } from './traffic/read-arguments.ts';
import { startTraffic } from './traffic/traffic.ts';

const PROGRESS_EVERY_MS = 5_000;

await runCommand(async () => {
  const options = readArguments(process.argv.slice(2));
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  progress(`${options.people} people register at ${options.url}`);
  const { tally, done } = await startTraffic({ ...options, signal: ending.signal });
  progress(`${options.rate} requests a second for ${options.duration} s; Ctrl-C stops earlier`);
  const reports = setInterval(() => progress(tally.sentence()), PROGRESS_EVERY_MS);
  const ended = setTimeout(() => ending.abort(), options.duration * 1_000);
  await done;
  clearInterval(reports);
  clearTimeout(ended);
  progress(`Done. ${tally.sentence()}`);
  return tally.hasReplies() ? 0 : 1;
});
