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
 * Options for the load. An entrance is an address with a protocol, for example nginx with HTTP/2.
 *   --against                             pm2: the gateway itself; nginx, haproxy: one edge; edges: both edges
 *                                         kubernetes, compose: the platform on Kubernetes or Docker Compose
 *   --clients 20                          number of clients for each entrance
 *   --feeds 2                             number of live feeds for each entrance
 *   --think 400                           mean pause of a client in milliseconds
 *   --entries 1500                        number of entries in the long account statement
 *   --calm 10                             seconds of load before the first disturbance and after the last disturbance
 *   --minutes 30                          no disturbance begins after this number of minutes
 *   --seed S                              repeat the disturbances of an earlier run
 *   --evidence                            log more, and always keep the journal and the logs
 *   --busy                                allow requests to fail if a store is slow; for a busy machine
 *
 * Options for PM2.
 *   --reloads N, --kills N                number of reloads of all workers, and of killed workers
 *   --deploys N, --edge-reloads N         number of deploys of a broken build, and of reloads of each edge
 *   --instances 2,2,2                     number of workers of gateway, accounts and activity
 *   --scheduling rr|none                  rr: PM2 assigns connections in turn; none: the workers accept connections
 *   --stores given                        use the stores of DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL and MONGO_URL
 *                                         (a service `catalog` uses CATALOG_DATABASE_URL)
 *
 * Options for Docker Compose.
 *   --rolls N, --kills N                  number of replacements of each service, and of killed containers
 *
 * Options for Kubernetes.
 *   --rolling N                           number of rolling updates
 *   --never-ready N                       number of updates to a build that never becomes ready
 *   --drain N                             number of drained nodes
 *   --argo-canary sound,errors,latency    canary releases by Argo; sound: a build from --tags;
 *                                         errors, latency: image tags of bad builds
 *   --argo-blue-green N                   number of blue-green releases by Argo
 *   --argo-leave N                        how often the pods change from the Deployments to Argo and back
 *   --tags r1,r2                          image tags of the sound builds
 *   --namespace N                         namespace of the platform
 *   --host 127.0.0.1, --node-port 30180   host and port of the gateway
 *   --keep                                allow an existing namespace, and keep the namespace after the run
 *
 * Exit code 1 if a request was lost or hung, a check of the ledger failed, an account was opened twice, or a live feed
 * left out or repeated an event. A POST without an idempotency key may be lost if a killed process was processing the
 * POST.
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
import { kubernetesFlags, planOnKubernetes } from './zero-loss/on-kubernetes.ts'; // fork:remove kubernetes
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
  ...kubernetesFlags, // fork:remove kubernetes
});
const against = values.against.split(',');
const chosenEdges = edgeNames.filter((name) => against.includes(name) || against.includes('edges'));

await runCommand(() => {
  progress(`Seed ${values.seed}: --seed ${values.seed} repeats the disturbances and their order`);
  // fork:remove kubernetes
  if (against.includes('kubernetes'))
    return inOwnFolder((place) => planOnKubernetes(values, { ...LIMITS, TRUST_PROXY: '' }, place));
  // end of fork:remove kubernetes
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
