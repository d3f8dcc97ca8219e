import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { root } from '@mainstay/platform/root';
import { progress, Refusal, runCommand } from '@mainstay/platform/terminal';
import { startTraffic } from './traffic.ts';

const PROGRESS_EVERY_MS = 5_000;

export function runTraffic(args: string[]) {
  return runCommand(async () => {
    const options = readArguments(args);
    const ending = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
    progress(`${options.people} people go to ${options.url}`);
    const peopleFile = join(root, '.data/traffic', `${new URL(options.url).host.replace(':', '-')}.json`);
    const traffic = await startTraffic({ ...options, peopleFile, signal: ending.signal });
    progress(`${options.rate} requests a second for ${options.duration} s; Ctrl-C ends it sooner`);
    const reports = setInterval(() => progress(traffic.tally.recent()), PROGRESS_EVERY_MS);
    const ended = setTimeout(() => ending.abort(), options.duration * 1_000);
    await traffic.done;
    clearInterval(reports);
    clearTimeout(ended);
    progress(`Done. ${traffic.tally.total()}`);
    return traffic.tally.hasAnswers() ? 0 : 1;
  });
}

/** @throws Refusal for what it does not know, or numbers beyond their bounds */
export function readArguments(args: string[]) {
  const options = {
    rate: { type: 'string', default: '10' },
    duration: { type: 'string', default: '300' },
    people: { type: 'string', default: '20' },
    feeds: { type: 'string', default: '5' },
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    insecure: { type: 'boolean', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    if (!URL.canParse(values.url) || !/^https?:$/.test(new URL(values.url).protocol)) {
      throw new Refusal(`--url must be an http or https address, but is "${values.url}".`);
    }
    const people = number('people', values.people, 2, 50);
    return {
      url: values.url.replace(/\/$/, ''),
      rate: number('rate', values.rate, 0.1, 500),
      duration: number('duration', values.duration, 1, 86_400),
      people: Math.trunc(people),
      feeds: Math.trunc(Math.min(people, number('feeds', values.feeds, 0, 50))),
      insecure: values.insecure,
    };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal((error as Error).message);
  }
}

function number(name: string, text: string, min: number, max: number) {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Refusal(`--${name} must be a number from ${min} to ${max}, but is "${text}".`);
}
