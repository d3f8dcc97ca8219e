/**
 * Proves that nobody can take the platform from others: runs each attack against a whole platform of its own, directly and behind both edges, while a second client reads and pays.
 * Prints the share of that client's requests that succeeded, and its p99 beside the quiet one. Takes about seven minutes. Needs nginx and HAProxy.
 *
 *   node proofs/src/attacks/attack-all.ts
 *   node proofs/src/attacks/attack-all.ts --only "slow bodies" --front HAProxy
 *   node proofs/src/attacks/attack-all.ts --only "refused bodies"
 *   node proofs/src/attacks/attack-all.ts --root <another clone, built>
 *
 * Fails where less than 99 % of the second client's requests succeed, or a refused body is taken.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { root as ownRoot } from '@mainstay/platform/root';
import { freePort } from '@mainstay/platform/testing';
import { Client } from 'pg';
import type { Attack } from './attack.ts';
import { startEdges } from './edges.ts';
import type { Front } from './front.ts';
import { lateBodies } from './late-bodies.ts';
import { longPipeline } from './long-pipeline.ts';
import { manyStatements } from './many-statements.ts';
import { refusedBodies } from './refused-bodies.ts';
import { newPerson, serve, type Served } from './second-client.ts';
import { ownPlatformOf } from './own-platform-of.ts';
import { slowBodies } from './slow-bodies.ts';

/** As far as a proof needs it. Another clone brings its own. */
interface OwnPlatform {
  url: string;
  managementUrls: Record<'gateway' | 'accounts' | 'activity', string>;
  settings: { ports: Record<'gateway' | 'accounts' | 'activity', { port: number }> };
  stores: { postgres: { ownerUrl: string } };
  directory: string;
}
type WithOwnPlatform = (
  options: { name: string; tell: (sentence: string) => void; environment: Record<string, string> },
  work: (platform: OwnPlatform) => Promise<number>,
) => Promise<number>;

const { values } = parseArgs({
  options: { only: { type: 'string' }, front: { type: 'string' }, root: { type: 'string', default: ownRoot } },
});
const attacks = [slowBodies, lateBodies, manyStatements, longPipeline];
const quietMs = 6_000;
const shareMin = 0.99;
/** A refused body may fill buffers, and no more. */
const takenBytesMax = 8 * 1_048_576;
const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

/** Limits of requests out of the way: an attack comes from many addresses and users. */
const environment = {
  LOG_LEVEL: 'warn',
  TRUST_PROXY: '127.0.0.1',
  RATE_LIMIT_ANONYMOUS_MAX: '100000000',
  RATE_LIMIT_SESSION_MAX: '100000000',
  RATE_LIMIT_LOGIN_MAX: '100000000',
};

const { withOwnPlatform } = (await import(ownPlatformOf(values.root))) as { withOwnPlatform: WithOwnPlatform };
process.exitCode = await withOwnPlatform({ name: 'attacks', tell, environment }, async (platform) => {
  const gateway = new URL(platform.url).host;
  const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const edges = await startEdges({ root: values.root, folder: platform.directory, gateway, ports });
  try {
    const direct: Front = { name: 'gateway alone', url: platform.url };
    const fronts = [direct, ...edges.fronts].filter(({ name }) => name === (values.front ?? name));
    const chosen = attacks.filter(({ name }) => name === (values.only ?? name));
    const rows = [];
    for (const attack of chosen) {
      for (const front of fronts) rows.push(await measure(attack, front, platform));
    }
    if (rows.length > 0) console.table(rows);
    const services = (['accounts', 'activity'] as const).map((name) => ({
      name,
      url: `http://127.0.0.1:${platform.settings.ports[name].port}`,
    }));
    const management = { name: 'management port', url: platform.managementUrls.gateway };
    const taken =
      (values.only ?? 'refused bodies') !== 'refused bodies'
        ? []
        : await refusedBodies([direct, ...services, management]);
    if (taken.length > 0) console.table(taken);
    const holds = rows.every((row) => row.holds) && taken.every(({ takenBytes }) => takenBytes <= takenBytesMax);
    return holds ? 0 : 1;
  } finally {
    await edges.close();
  }
});

async function measure(attack: Attack, front: Front, platform: OwnPlatform) {
  const [person, attacker] = [await newPerson(front, 'person'), await newPerson(front, 'attacker')];
  await serve(front, person, delay(2_000)); // code that is not compiled yet is slow
  const quiet = await serve(front, person, delay(quietMs));
  const makeLarge = (accountId: string) => addEntries(platform.stores.postgres.ownerUrl, accountId);
  // The first seconds after the attack count too: a breaker that it opened is open then.
  const work = attack.run({ front, attacker, makeLarge }).then(() => delay(2_000));
  const attacked = await serve(front, person, work);
  tell(`${attack.name}, ${front.name}: ${JSON.stringify(attacked.statuses)}`);
  return rowOf(attack, front, quiet, attacked);
}

function rowOf(attack: Attack, front: Front, quiet: Served, attacked: Served) {
  return {
    attack: attack.name,
    front: front.name,
    requests: attacked.requests,
    'succeeded quiet': percent(quiet.share),
    'succeeded attacked': percent(attacked.share),
    'p99 quiet ms': Math.round(quiet.p99Ms),
    'p99 attacked ms': Math.round(attacked.p99Ms),
    holds: attacked.share >= shareMin,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** What years of payments would leave, written past the service: the books of this platform need not balance. */
async function addEntries(ownerUrl: string, accountId: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(
      `WITH world AS (SELECT id FROM accounts WHERE owner_id IS NULL AND currency = 'EUR'),
            mine AS (SELECT id, balance, sequence FROM accounts WHERE id = $1),
            made AS (INSERT INTO transfers (id, from_account_id, to_account_id, amount, currency, created_at)
                     SELECT gen_random_uuid(), world.id, mine.id, 1, 'EUR', clock_timestamp()
                     FROM world, mine, generate_series(1, 150000) RETURNING id, created_at)
       INSERT INTO entries (id, account_id, sequence, transfer_id, amount, balance_after, created_at)
       SELECT gen_random_uuid(), mine.id, mine.sequence + row_number() OVER (), made.id, 1,
              mine.balance + row_number() OVER (), made.created_at FROM mine, made`,
      [accountId],
    );
    await client.query('UPDATE accounts SET balance = balance + 150000, sequence = sequence + 150000 WHERE id = $1', [
      accountId,
    ]);
    await client.query('ANALYZE entries, transfers');
  } finally {
    await client.end();
  }
}
