/**
 * Replaces, kills and deploys what serves requests while clients keep their connections open and send, and tells of every request what became of it.
 *
 *   npm run build && node proofs/src/zero-loss.ts [--against pm2,nginx,haproxy] [--reloads 100] [--kills N] [--edge-reloads N] [--deploys N]
 *   node proofs/src/zero-loss.ts --against compose,nginx [--rolls N] [--kills N]        the images must be built; docs/compose.md
 *   node proofs/src/zero-loss.ts --against kubernetes [--rolling N] [--never-ready N] [--drain N] [--argo-canary sound,errors,latency]
 *                            [--tags r1,r2] [--namespace N] [--node-port 30180] [--host 127.0.0.1] [--keep]   the images must be on the nodes; proofs/README.md. --argo-canary has a run of its own
 *
 * All take [--clients 20] [--feeds 2] [--think 400] [--entries 1500] [--calm 10] [--minutes 30] [--seed S] [--evidence] [--busy], the first also
 * [--instances 2,2,2] [--scheduling rr|none] [--stores given].
 *
 * A platform of its own (real stores, real PM2, real edges, free ports, a temporary directory) that ends with it, also on Ctrl-C. `--against` names the
 * doors through which clients come in; each gets as many. `--think` is the mean pause of a client in milliseconds, `--entries` the length of the long
 * statements, `--calm` the seconds before and after all disturbances, of which none is begun after `--minutes`. `--instances` are the workers of gateway,
 * accounts and activity. `--scheduling` is how the workers of PM2 share their port: `rr` hands connections out in turn, `none` lets workers take them.
 * `--stores given` takes the stores that DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL and MONGO_URL name. `--evidence` keeps journal and logs in any case,
 * and has more logged. With `--busy`, for a machine that has other work too, a refusal because a store had no time to answer fails nothing. A seed repeats
 * what is done in which order; the moments at which it meets requests are the machine's.
 *
 * Exit code 1 when any request was lost or hung (but for one without a key in the hands of a worker that was killed), when the books do not hold, when an
 * account was opened twice, or when a live feed left out or repeated an event.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withOwnStores } from '@mainstay/platform/start/own-platform';
import { listenForShutdown } from '@mainstay/platform/start/shutdown';
import { Refusal, progress, runCommand } from '@mainstay/platform/terminal';
import { startCompose } from './zero-loss/compose-platform.ts';
import { brokenDeploys, containerKills, edgeReloads, kills, reloads, rolls } from './zero-loss/disturb.ts';
import { missingPrograms, startEdge } from './zero-loss/edges.ts';
import { openHttp1 } from './zero-loss/http1-connection.ts';
import { openHttp2 } from './zero-loss/http2-connection.ts';
// feature: kubernetes
import { kubernetesFlags, onKubernetes } from './zero-loss/on-kubernetes.ts';
// end feature: kubernetes
import { findPm2, startPm2 } from './zero-loss/pm2-platform.ts';
import { runCampaign } from './zero-loss/run-campaign.ts';
import type { EdgeName } from './zero-loss/edges.ts';
import type { OwnStores } from '@mainstay/platform/start/own-platform';
import type { Campaign } from './zero-loss/run-campaign.ts';
import type { Door } from './zero-loss/customer.ts';

/** The clients all have one address, and work for hours' worth of requests. */
const LIMITS = {
  RATE_LIMIT_ANONYMOUS_MAX: '10000000',
  RATE_LIMIT_SESSION_MAX: '10000000',
  OVERLOAD_CONCURRENCY_MIN: '512', // what is refused because there is too much to do is no loss, and not looked for here
  TRUST_PROXY: '127.0.0.1',
};

const { values } = parseArgs({
  options: {
    against: { type: 'string', default: 'pm2' },
    reloads: { type: 'string', default: '0' },
    kills: { type: 'string', default: '0' },
    deploys: { type: 'string', default: '0' },
    scheduling: { type: 'string', default: 'rr' },
    rolls: { type: 'string', default: '0' },
    'edge-reloads': { type: 'string', default: '0' },
    clients: { type: 'string', default: '20' },
    feeds: { type: 'string', default: '2' },
    instances: { type: 'string', default: '2,2,2' },
    think: { type: 'string', default: '400' },
    entries: { type: 'string', default: '1500' },
    calm: { type: 'string', default: '10' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    stores: { type: 'string', default: 'own' },
    busy: { type: 'boolean', default: false },
    evidence: { type: 'boolean', default: false },
    // feature: kubernetes
    ...kubernetesFlags,
    // end feature: kubernetes
  },
});

const against = values.against.split(',');
const edgeNames = against.filter((name) => name === 'nginx' || name === 'haproxy') as EdgeName[];
/** How often each thing is to be done. */
const times = (what: 'reloads' | 'kills' | 'deploys' | 'edge-reloads' | 'rolls') => Number(values[what]);

await runCommand(() => {
  progress(`Seed ${values.seed}: --seed ${values.seed} repeats what is done in which order`);
  // feature: kubernetes
  if (against.includes('kubernetes')) return onKubernetes(values, { ...LIMITS, TRUST_PROXY: '' }, campaign);
  // end feature: kubernetes
  return against.includes('compose') ? onCompose() : onPm2();
});
process.exit(); // what a failed run left waiting need not be waited for

async function onPm2() {
  if (!findPm2()) throw new Refusal('PM2 is not installed: npm ci installs it.');
  const missing = [...new Set(edgeNames.flatMap(missingPrograms))];
  if (missing.length > 0) throw new Refusal(`Not installed: ${missing.join(', ')}. Or leave it out of --against.`);
  const given = values.stores === 'given' ? givenStores() : {};
  return withOwnStores({ name: 'zero-loss', tell: () => undefined, given }, async (stores) => {
    progress('PM2 starts the services');
    const platform = await startPm2(stores, {
      instances: values.instances.split(',').map(Number),
      isDeployed: times('deploys') > 0,
      environment: {
        ...LIMITS,
        LOG_LEVEL: values.evidence ? 'info' : 'warn',
        NODE_CLUSTER_SCHED_POLICY: values.scheduling,
      },
    });
    const edges = await Promise.all(edgeNames.map((name) => startEdge(name, platform.url, stores)));
    const { postgres, mongo } = stores.foundation.stores;
    return campaign(stores, {
      doors: [
        ...(against.includes('pm2') ? [{ name: 'pm2', url: platform.url, open: openHttp1 }] : []),
        ...edges.flatMap(doorsOf),
      ],
      plans: [
        reloads(platform, times('reloads')),
        kills(platform, times('kills')),
        brokenDeploys(platform, times('deploys')),
        ...edges.map((edge) => edgeReloads(edge, times('edge-reloads'))),
      ],
      books: { databaseUrl: postgres.url, mongoUrl: mongo.url },
    });
  });
}

async function onCompose() {
  const directory = await mkdtemp(join(tmpdir(), 'mainstay-zero-loss-'));
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => rm(directory, { recursive: true, force: true }));
  try {
    await mkdir(join(directory, 'logs'));
    progress('Docker starts the containers');
    const environment = Object.fromEntries(Object.entries(LIMITS).map(([name, value]) => [`MAINSTAY_${name}`, value]));
    const platform = await startCompose({ edge: edgeNames[0] ?? 'nginx', shutdown, environment });
    return await campaign(
      { directory, shutdown },
      {
        doors: doorsOf({ name: `compose, ${platform.edge}`, url: platform.url, ca: platform.ca }),
        plans: [...rolls(platform, times('rolls')), containerKills(platform, times('kills'))],
        books: platform.books,
      },
    );
  } finally {
    await shutdown.close();
  }
}

async function campaign(
  { directory, shutdown }: Pick<OwnStores, 'directory' | 'shutdown'>,
  { doors, plans, books }: Pick<Campaign, 'doors' | 'plans'> & { books: { databaseUrl: string; mongoUrl: string } },
) {
  const journalFile = join(directory, 'journal.jsonl');
  await writeFile(journalFile, '');
  return runCampaign({
    doors,
    plans,
    load: loadOptions(),
    books: { ...books, journalFile },
    calmS: Number(values.calm),
    minutesMax: Number(values.minutes),
    seed: Number(values.seed),
    interrupted: shutdown.signal,
    isBusy: values.busy,
    keepsEvidence: values.evidence,
    logDirectory: join(directory, 'logs'),
  });
}

/** An edge by HTTP/1.1 and by HTTP/2. */
function doorsOf({ name, url, ca }: { name: string; url: string; ca: string }): Door[] {
  return [
    { name, url, ca, open: openHttp1 },
    { name: `${name} h2`, url, ca, open: openHttp2 },
  ];
}

function loadOptions() {
  const think = Number(values.think);
  return {
    clients: Number(values.clients),
    feeds: Number(values.feeds),
    entries: Number(values.entries),
    thinkMs: { least: Math.round(think / 4), most: Math.round(think * 1.75) },
    seed: Number(values.seed),
  };
}

function givenStores() {
  const { DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, MONGO_URL } = process.env;
  return { databaseUrl: DATABASE_URL, databaseOwnerUrl: DATABASE_OWNER_URL, redisUrl: REDIS_URL, mongoUrl: MONGO_URL };
}
