/** Customers that come in by the node's port while something is done to the platform, and what became of each of their requests. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOpenings } from '../zero-loss/check-openings.ts';
import { openHttp1 } from '../zero-loss/http1-connection.ts';
import { startLoad } from '../zero-loss/load.ts';
import { Outcomes } from '../zero-loss/outcomes.ts';
import { reasonsOf, requestTable } from '../zero-loss/report.ts';
import { Refusal, progress } from '@mainstay/platform/terminal';

/** Lines of the long statement. */
const ENTRIES = 60;
const FEEDS = 2;

/** isBusy: a store that had no time to answer is nobody's loss */
export interface Entrance {
  url: string;
  isBusy: boolean;
}
/** thinkMs: the mean pause of each between two requests */
interface Crowd {
  clients: number;
  thinkMs: number;
}

/**
 * Has a crowd at work while `work` is done.
 * @param what is proved, for the report
 * @throws Refusal where a request was lost or hung, or an account was opened twice
 */
export async function underLoad(
  { url, isBusy }: Entrance,
  what: string,
  { clients, thinkMs }: Crowd,
  work: (outcomes: Outcomes) => Promise<void>,
) {
  const place = await mkdtemp(join(tmpdir(), 'mainstay-kubernetes-'));
  const journalFile = join(place, 'journal.jsonl');
  const outcomes = new Outcomes({ isBusy });
  const ending = new AbortController();
  // Customers are named by their door: other ones each time.
  const door = { name: `${what} ${Date.now().toString(36)}`, url, open: openHttp1 };
  try {
    await writeFile(journalFile, '');
    const options = { clients, feeds: FEEDS, entries: ENTRIES, seed: Date.now() % 1_000_000 };
    const pauses = { least: Math.round(thinkMs / 4), most: Math.round(thinkMs * 1.75) };
    const load = await startLoad({ journalFile, outcomes, signal: ending.signal }, [door], {
      ...options,
      thinkMs: pauses,
    });
    await work(outcomes).finally(() => load.stop());
    const openings = await checkOpenings(load.customers);
    await load.close();
    judge(outcomes, door.name, openings.violations);
  } finally {
    ending.abort();
    await rm(place, { recursive: true });
  }
}

function judge(outcomes: Outcomes, door: string, violations: string[]) {
  const { unforgivable } = outcomes;
  progress(`\n${requestTable(outcomes, [door])}\n${reasonsOf(outcomes).join('\n')}`);
  if (unforgivable.length > 0)
    throw new Refusal(
      `${unforgivable.length} requests were lost or hung; the first: ${JSON.stringify(unforgivable[0])}`,
    );
  if (violations.length > 0) throw new Refusal(`Accounts were not opened once: ${violations.slice(0, 3).join('; ')}`);
  progress(`${outcomes.all.length} requests, none lost and none hung`);
}
