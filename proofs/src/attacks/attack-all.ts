/**
 * Proves that one client cannot make the platform unavailable to a second client. Runs each attack on the gateway alone
 * and through each edge. The proof needs nginx and HAProxy, and takes about seven minutes.
 *
 *   node proofs/src/attacks/attack-all.ts
 *   node proofs/src/attacks/attack-all.ts --only "slow bodies" --front nginx
 *   node proofs/src/attacks/attack-all.ts --only "refused bodies"
 *
 * `--only`: runs one attack. `--front`: attacks only nginx, only haproxy or only "gateway alone". Refused bodies are
 * sent to the gateway and the services, never through an edge.
 *
 * Exit code 1 if less than 99 % of the second client's requests succeed.
 * Exit code 1 also if a server reads more than 8 MiB of a refused body.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { withOwnPlatform, type OwnPlatform } from '../own-platform.ts';
import { progress } from '@mainstay/platform/terminal';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient } from '../clients/http-client.ts';
import { withFronts, type Front } from '../edges.ts';
import { withoutLimits } from '../limits.ts';
import { withPostgres } from '../postgres.ts';
import { readFlags } from '../read-flags.ts';
import { attacks, type Attack } from './attacks.ts';
import { refusedBodies } from './refused-bodies.ts';
import { serve } from './second-client.ts';

const { only, front: chosen } = readFlags({ only: '', front: '' });
const shareMin = 0.99;
/** A connection buffers about 8 MiB, even if the server does not read. Only more bytes prove that the server reads. */
const takenBytesMax = 8 * 1_048_576;
/** Rate limits are switched off, because a real attack comes from many addresses and users. */
const environment = { ...withoutLimits, LOG_LEVEL: 'warn', TRUST_PROXY: '127.0.0.1' };

process.exitCode = await withOwnPlatform({ name: 'attacks', tell: progress, environment }, async (platform) => {
  const rows = await withFronts(platform.url, chosen, async (fronts) => {
    const measured = [];
    for (const [name, attack] of Object.entries(attacks)) {
      if (only && name !== only) continue;
      for (const front of fronts)
        measured.push({ attack: name, front: front.name, ...(await measure(attack, front, platform)) });
    }
    return measured;
  });
  if (rows.length > 0) console.table(rows);
  const services = (['accounts', 'activity'] as const).map((name) => ({
    name,
    url: `http://127.0.0.1:${platform.settings.ports[name].port}`,
  }));
  const management = { name: 'management port', url: platform.managementUrls.gateway };
  const places = [{ name: 'gateway alone', url: platform.url }, ...services, management];
  const taken = !only || only === 'refused bodies' ? await refusedBodies(places) : [];
  if (taken.length > 0) console.table(taken);
  return rows.every(({ holds }) => holds) && taken.every(({ takenBytes }) => takenBytes <= takenBytesMax) ? 0 : 1;
});

async function measure(attack: Attack, front: Front, { stores }: OwnPlatform) {
  const client = openHttpClient(front);
  await serve(client.send, delay(2_000)); // the first requests are slow, because the code is not compiled yet
  const quiet = await serve(client.send, delay(6_000));
  const attacker = await openCustomer(client.send);
  const makeLarge = (account: string) => addEntries(stores.postgres.ownerUrl, account);
  // A circuit breaker that opened during the attack stays open for some time. So measure two more seconds.
  const attacked = await serve(
    client.send,
    attack({ front, attacker, makeLarge }).then(() => delay(2_000)),
  );
  client.close();
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  return {
    requests: attacked.requests,
    'succeeded quiet': percent(quiet.share),
    'succeeded attacked': percent(attacked.share),
    'p99 quiet ms': Math.round(quiet.p99Ms),
    'p99 attacked ms': Math.round(attacked.p99Ms),
    holds: attacked.share >= shareMin,
  };
}

/** Inserts only one side of 150,000 transfers, so afterwards the balances of the ledger do not sum to zero. */
function addEntries(ownerUrl: string, account: string): Promise<unknown> {
  return withPostgres(ownerUrl, async (client) => {
    await client.query(
      `WITH world AS (SELECT id FROM accounts WHERE owner_id IS NULL AND currency = 'EUR'),
            mine AS (SELECT id, balance, sequence FROM accounts WHERE id = $1),
            made AS (INSERT INTO transfers (id, from_account_id, to_account_id, amount, currency, created_at)
                     SELECT gen_random_uuid(), world.id, mine.id, 1, 'EUR', clock_timestamp()
                     FROM world, mine, generate_series(1, 150000) RETURNING id, created_at)
       INSERT INTO entries (id, account_id, sequence, transfer_id, amount, balance_after, created_at)
       SELECT gen_random_uuid(), mine.id, mine.sequence + row_number() OVER (), made.id, 1,
              mine.balance + row_number() OVER (), made.created_at FROM mine, made`,
      [account],
    );
    const update = 'UPDATE accounts SET balance = balance + 150000, sequence = sequence + 150000 WHERE id = $1';
    await client.query(update, [account]);
    await client.query('ANALYZE entries, transfers');
  });
}
