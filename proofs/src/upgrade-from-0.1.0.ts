/**
 * Proves that an installation of release 0.1.0 is updated to this code and rolled back once, on the same data, under
 * load: no request is lost, no user is signed out, and a repeated payment gets its first reply. Needs the git history
 * (commit d05a0ac) and a build of this code.
 *
 *   node proofs/src/upgrade-from-0.1.0.ts                 by PM2 reload; builds 0.1.0 in a temporary folder
 *   node proofs/src/upgrade-from-0.1.0.ts --old FOLDER    uses an existing build of 0.1.0
 *   node proofs/src/upgrade-from-0.1.0.ts --tag TAG       by rolling updates on Kubernetes, from images of the tag 0.1.0; proofs/README.md says how to build them
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCustomer, type Customer } from './clients/customer.ts';
import { openHttpClient } from './clients/http-client.ts';
import { closedLoop } from './clients/load.ts';
import type { Installation } from './upgrade/installation.ts';
// feature: kubernetes
import { installOnKubernetes } from './upgrade/kubernetes-installation.ts';
// end feature: kubernetes
import { installUnderPm2 } from './upgrade/pm2-installation.ts';

const { values: options } = parseArgs({ options: { old: { type: 'string' }, tag: { type: 'string' } } });

const base = await mkdtemp(join(tmpdir(), 'mainstay-upgrade-'));
try {
  const installation = await install();
  await prove(installation).finally(() => installation.close());
} finally {
  await rm(base, { recursive: true, force: true, maxRetries: 5 });
}

function install(): Promise<Installation> {
  // feature: kubernetes
  if (options.tag !== undefined) return installOnKubernetes(base, options.tag);
  // end feature: kubernetes
  return installUnderPm2(base, options.old);
}

async function prove({ url, update, goBack, reconcile }: Installation): Promise<void> {
  const { send, close } = openHttpClient({ url });
  /** One customer uses plain HTTP, the other TLS. */
  const openTwo = (password: string) =>
    Promise.all(
      ['http', 'https'].map((scheme) => openCustomer(send, { password, headers: { 'x-forwarded-proto': scheme } })),
    );
  const former = await openTwo('short-pass');
  const firsts = await payAll(former, 'first');
  const loads = former.map(startLoad);
  const tell = (sentence: string) =>
    console.log(`${sentence}: ${loads.map(({ tally }) => tally.requests).join(' and ')} requests so far`);

  tell('0.1.0 serves');
  await update();
  tell('this code serves');
  assert.deepEqual(await payAll(former, 'first'), firsts);
  for (const customer of former) await customer.signInElsewhere();
  const later = await openTwo('a password of the new release');
  const seconds = await payAll(later, 'second');

  await goBack();
  tell('0.1.0 serves again');
  assert.deepEqual(await payAll(former, 'first'), firsts);
  assert.deepEqual(await payAll(later, 'second'), seconds);
  for (const customer of [...former, ...later]) await customer.signInElsewhere();

  await Promise.all(loads.map((load) => load.stop()));
  const tallies = loads.map(({ tally }) => tally);
  for (const { failures } of tallies) assert.deepEqual(failures, []);
  for (const [index, customer] of former.entries()) await customer.seesPayments(tallies[index]!.payments + 1);
  await reconcile();
  close();
  const sum = (what: 'requests' | 'payments') => tallies.reduce((total, tally) => total + tally[what], 0);
  console.log(
    `${sum('requests')} requests, ${sum('payments')} payments: none was lost, no user was signed out, and the books balance.`,
  );
}

function payAll(customers: Customer[], key: string): Promise<string[]> {
  return Promise.all(customers.map((customer) => customer.pay(key)));
}

/** Pays and reads in turn, without pauses and without retries, until it is stopped. */
function startLoad(customer: Customer) {
  const tally = { requests: 0, payments: 0, failures: [] as string[] };
  const look = () => customer.demand(200, { path: '/v1/session' });
  const turns = [() => customer.pay(), look, () => customer.readActivity()];
  let isStopped = false;
  const running = closedLoop(
    1,
    () => isStopped,
    async () => {
      const turn = tally.requests % turns.length;
      await turns[turn]!().then(
        () => (tally.payments += Number(turn === 0)),
        (error: Error) => tally.failures.push(error.message),
      );
      tally.requests += 1;
    },
  );
  return {
    tally,
    stop() {
      isStopped = true;
      return running;
    },
  };
}
