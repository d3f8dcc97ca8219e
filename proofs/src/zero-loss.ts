/**
 * Replaces, kills and deploys services of a temporary platform under load, and reports how every request ended.
 *
 *   npm run build && node proofs/src/zero-loss.ts [--against pm2,edges] [--reloads 100] [--kills N] [--edge-reloads N] [--deploys N]
 *   node proofs/src/zero-loss.ts --against compose,nginx [--rolls N] [--kills N]        the images must be built; docs/compose.md
 *   node proofs/src/zero-loss.ts --against kubernetes [--rolling N] [--never-ready N] [--drain N]     the images must be on the nodes; proofs/README.md
 *   node proofs/src/zero-loss.ts --against kubernetes --argo-canary sound,errors,latency [--argo-leave N] [--drain N]
 *   node proofs/src/zero-loss.ts --against kubernetes --argo-blue-green N [--argo-leave N] [--drain N]
 *   with --against kubernetes also: [--tags r1,r2] [--namespace N] [--node-port 30180] [--host 127.0.0.1] [--keep]
 *
 *   --against                             the entrances of the clients
 *   --clients 20, --feeds 2               number per entrance
 *   --think 400                           mean pause of a client in milliseconds
 *   --entries 1500                        entries of the long account statement
 *   --calm 10                             seconds before the first and after the final disturbance
 *   --minutes 30                          no disturbance begins after this time
 *   --seed S                              repeat the disturbances of an earlier run
 *   --evidence                            log more, and always keep journal and logs
 *   --busy                                accept refusals because of a slow store, on a machine with other work
 *   --instances 2,2,2                     PM2 workers of gateway, accounts and activity
 *   --scheduling rr|none                  PM2 workers: assign connections in turn, or let the workers accept them
 *   --stores given                        PM2: use DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL and MONGO_URL; CATALOG_DATABASE_URL for a service `catalog`
 *
 * Exit code 1 if a request was lost or hung, a check of the ledger failed, an account was opened twice, or a live feed left out
 * or repeated an event. If a worker is killed, its current requests without an idempotency key can be lost.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenDatabases } from '@mainstay/platform/settings';
import { withOwnStores } from './own-platform.ts';
import { listenForShutdown } from '@mainstay/platform/start/shutdown';
import { progress, runCommand } from '@mainstay/platform/terminal';
import { openHttp2Client } from './clients/http2-client.ts';
import { edgeNames, startEdge } from './edges.ts';
import { withoutLimits } from './limits.ts';
import { readFlags } from './read-flags.ts';
import { startCompose } from './zero-loss/compose-platform.ts';
import { composePlans, edgeReloads, pm2Plans } from './zero-loss/disturb.ts';
import { kubernetesFlags, planOnKubernetes } from './zero-loss/on-kubernetes.ts'; // feature: kubernetes
import type { Door } from './zero-loss/load.ts';
import { startPm2 } from './zero-loss/pm2-platform.ts';
import { runCampaign, type Books, type Campaign } from './zero-loss/run-campaign.ts';

/** The overload guard is not tested here, so its limit is high. */
const LIMITS = { ...withoutLimits, OVERLOAD_CONCURRENCY_MIN: '512', TRUST_PROXY: '127.0.0.1' };

const values = readFlags({
  against: 'pm2',
  reloads: 0,
  kills: 0,
  deploys: 0,
  scheduling: 'rr',
  rolls: 0,
  'edge-reloads': 0,
  clients: 20,
  feeds: 2,
  instances: '2,2,2',
  think: 400,
  entries: 1_500,
  calm: 10,
  minutes: 30,
  seed: Date.now() % 1_000_000,
  stores: 'own',
  busy: false,
  evidence: false,
  ...kubernetesFlags, // feature: kubernetes
});
const against = values.against.split(',');
const chosenEdges = edgeNames.filter((name) => against.includes(name) || against.includes('edges'));

await runCommand(() => {
  progress(`Seed ${values.seed}: --seed ${values.seed} repeats the disturbances and their order`);
  // feature: kubernetes
  if (against.includes('kubernetes'))
    return inOwnFolder((place) => planOnKubernetes(values, { ...LIMITS, TRUST_PROXY: '' }, place));
  // end feature: kubernetes
  return against.includes('compose') ? inOwnFolder(onCompose) : onPm2();
});
process.exit(); // open requests of a failed run would keep the process alive

function onPm2(): Promise<number> {
  const { DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, MONGO_URL } = process.env;
  const all = {
    databaseUrl: DATABASE_URL,
    databaseOwnerUrl: DATABASE_OWNER_URL,
    databases: givenDatabases((name) => process.env[name]),
    redisUrl: REDIS_URL,
    mongoUrl: MONGO_URL,
  };
  const given = values.stores === 'given' ? all : {};
  return withOwnStores({ name: 'zero-loss', tell: () => undefined, given }, async (stores) => {
    const { directory, shutdown, foundation } = stores;
    progress('PM2 starts the services');
    const platform = await startPm2(stores, {
      instances: values.instances.split(',').map(Number),
      isDeployed: values.deploys > 0,
      environment: {
        ...LIMITS,
        LOG_LEVEL: values.evidence ? 'info' : 'warn',
        NODE_CLUSTER_SCHED_POLICY: values.scheduling,
      },
    });
    const edges = await Promise.all(chosenEdges.map((name) => startEdge(name, platform.url, shutdown.onClose)));
    const direct = against.includes('pm2') ? [{ name: 'pm2', url: platform.url }] : [];
    return campaign({
      ...{ directory, shutdown, doors: [...direct, ...edges.flatMap(doorsOf)] },
      plans: [...pm2Plans(platform, values), ...edges.map((edge) => edgeReloads(edge, values['edge-reloads']))],
      withBooks: (check) =>
        check({ databaseUrl: foundation.stores.postgres.url, mongoUrl: foundation.stores.mongo.url }),
    });
  });
}

type Place = Pick<Campaign, 'directory' | 'shutdown'>;

async function inOwnFolder(plan: (place: Place) => Promise<Omit<Campaign, keyof Place>>): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'mainstay-zero-loss-'));
  const shutdown = listenForShutdown(directory);
  shutdown.onClose(() => rm(directory, { recursive: true, force: true }));
  try {
    await mkdir(join(directory, 'logs'));
    return await campaign({ directory, shutdown, ...(await plan({ directory, shutdown })) });
  } finally {
    await shutdown.close();
  }
}

async function onCompose({ shutdown }: Place) {
  progress('Docker starts the containers');
  const environment = Object.fromEntries(Object.entries(LIMITS).map(([name, value]) => [`MAINSTAY_${name}`, value]));
  const platform = await startCompose({ edge: chosenEdges[0] ?? 'nginx', shutdown, environment });
  const doors = doorsOf({ name: `compose, ${platform.edge}`, url: platform.url, ca: platform.ca });
  const plans = composePlans(platform, values);
  return { doors, plans, withBooks: <Result>(check: (books: Books) => Promise<Result>) => check(platform.books) };
}

function campaign(campaign: Campaign): Promise<number> {
  return runCampaign(campaign, {
    load: { ...values, thinkMs: values.think },
    calmS: values.calm,
    minutesMax: values.minutes,
    isBusy: values.busy,
    keepsEvidence: values.evidence,
  });
}

function doorsOf({ name, url, ca }: { name: string; url: string; ca: string }): Door[] {
  return [
    { name, url, ca },
    { name: `${name} h2`, url, ca, open: openHttp2Client },
  ];
}
