/**
 * Proves that an installation of release 0.1.0 is updated to this code while it serves, and taken back once, on the same data, under load: no request is lost,
 * nobody is signed out, and a repeated payment gets its first reply. Needs the git history (commit d05a0ac) and a build of this code.
 *
 *   node proofs/src/upgrade-from-0.1.0.ts                 by PM2 reload; builds 0.1.0 in a temporary folder
 *   node proofs/src/upgrade-from-0.1.0.ts --old FOLDER    takes a build of 0.1.0 that is there
 *   node proofs/src/upgrade-from-0.1.0.ts --tag TAG       by rolling updates on Kubernetes, from images of the tag 0.1.0; proofs/README.md says how to build them
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCustomer, type Customer } from './customer.ts';
import type { Installation } from './upgrade/installation.ts';
// feature: kubernetes
import { installOnKubernetes } from './upgrade/kubernetes-installation.ts';
// end feature: kubernetes
import { installUnderPm2 } from './upgrade/pm2-installation.ts';

const { values: options } = parseArgs({ options: { old: { type: 'string' }, tag: { type: 'string' } } });
const byTls = { 'x-forwarded-proto': 'https' };

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
  const former = [await openCustomer(url, 'short-pass'), await openCustomer(url, 'short-pass', byTls)];
  const firsts = await payAll(former, 'first');
  const loads = former.map(startLoad);
  const tell = (sentence: string) =>
    console.log(`${sentence}: ${loads.map((load) => load.count()).join(' and ')} requests so far`);

  tell('0.1.0 serves');
  await update();
  tell('this code serves');
  assert.deepEqual(await payAll(former, 'first'), firsts);
  for (const customer of former) await customer.signInAgain();
  const later = [
    await openCustomer(url, 'a password of the new release'),
    await openCustomer(url, 'a password of the new release', byTls),
  ];
  const seconds = await payAll(later, 'second');

  await goBack();
  tell('0.1.0 serves again');
  assert.deepEqual(await payAll(former, 'first'), firsts);
  assert.deepEqual(await payAll(later, 'second'), seconds);
  for (const customer of [...former, ...later]) await customer.signInAgain();

  const tallies = await Promise.all(loads.map((load) => load.stop()));
  assert.deepEqual(
    tallies.flatMap(({ failures }) => failures),
    [],
  );
  for (const [index, customer] of former.entries()) await customer.seesPayments((tallies[index]?.payments ?? 0) + 1);
  await reconcile();
  const sum = (what: 'requests' | 'payments') => tallies.reduce((total, tally) => total + tally[what], 0);
  console.log(
    `${sum('requests')} requests, ${sum('payments')} payments: none was lost, nobody was signed out, and the books agree.`,
  );
}

function payAll(customers: Customer[], key: string): Promise<string[]> {
  return Promise.all(customers.map((customer) => customer.pay(key)));
}

/** Pays, looks and reads in turn, without a pause and without repeating anything, until it is stopped. */
function startLoad(customer: Customer) {
  const tally = { requests: 0, payments: 0, failures: [] as string[] };
  const turns = [() => customer.pay(randomUUID()), () => customer.look(), () => customer.readActivity()];
  let isStopped = false;
  const running = (async () => {
    while (!isStopped) {
      const turn = tally.requests % turns.length;
      await turns[turn]?.().then(
        () => void (tally.payments += Number(turn === 0)),
        (error: unknown) =>
          tally.failures.push(
            error instanceof Error
              ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`
              : String(error),
          ),
      );
      tally.requests += 1;
    }
  })();
  return {
    count: () => tally.requests,
    async stop() {
      isStopped = true;
      await running;
      return tally;
    },
  };
}
