import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal, progress } from '@mainstay/platform/terminal';
import { checkOpenings, startLoad } from '../zero-loss/load.ts';
import { Outcomes } from '../zero-loss/outcomes.ts';
import { printRequests, reasonsOf } from '../zero-loss/report.ts';

export interface Entrance {
  url: string;
  /** On a busy machine, a request that is refused because of a slow store does not count as lost. */
  isBusy: boolean;
}

/** Runs `work` under load. @throws Refusal if a request was lost or hung, or if an account was opened twice */
export async function underLoad(
  { url, isBusy }: Entrance,
  name: string,
  load: { clients: number; thinkMs: number },
  work: (outcomes: Outcomes) => Promise<void>,
): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'mainstay-kubernetes-'));
  const journalFile = join(place, 'journal.jsonl');
  const outcomes = new Outcomes({ isBusy });
  const ending = new AbortController();
  // The names of the customers contain this name, so the time makes them new in each run.
  const door = { name: `${name} ${Date.now().toString(36)}`, url };
  try {
    await writeFile(journalFile, '');
    const options = { ...load, feeds: 2, entries: 60, seed: Date.now() % 1_000_000 };
    const running = await startLoad({ journalFile, outcomes, signal: ending.signal }, [door], options);
    await work(outcomes).finally(() => running.stop());
    const { violations } = await checkOpenings(running.customers);
    await running.close();
    printRequests(outcomes);
    for (const line of reasonsOf(outcomes)) console.log(line);
    const problems = [...outcomes.unforgivable.map((outcome) => JSON.stringify(outcome)), ...violations];
    if (problems.length > 0)
      throw new Refusal(`${problems.length} requests were lost, hung or done twice; the first: ${problems[0]}`);
    progress(`${outcomes.all.length} requests, none lost and none hung`);
  } finally {
    ending.abort();
    await rm(place, { recursive: true });
  }
}
