// @ts-check
/**
 * Replaces, kills and deploys what serves requests while clients keep their connections open and send, and tells of every request what became of it.
 *
 *   npm run build && node bench/zero-loss.mjs [--against pm2,nginx,haproxy] [--reloads 100] [--kills N] [--edge-reloads N] [--deploys N]
 *   node bench/zero-loss.mjs --against compose,nginx [--rolls N] [--kills N]        the images must be built; docs/compose.md
 *   node bench/zero-loss.mjs --against kubernetes [--rolling N] [--never-ready N] [--drain N] [--argo-canary sound,errors,latency]
 *                            [--tags r1,r2] [--namespace N] [--node-port 30180] [--host 127.0.0.1] [--keep]   the images must be on the nodes; bench/README.md. --argo-canary has a run of its own
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
import { withOwnStores } from '../platform/src/start/own-platform.ts';
import { listenForShutdown } from '../platform/src/start/shutdown.ts';
import { Refusal, progress, runCommand } from '../platform/src/terminal.ts';
import { startCompose } from './zero-loss/compose-platform.mjs';
import { brokenDeploys, containerKills, edgeReloads, kills, reloads, rolls } from './zero-loss/disturb.mjs';
import { missingPrograms, startEdge } from './zero-loss/edges.mjs';
import { openHttp1 } from './zero-loss/http1-connection.mjs';
import { openHttp2 } from './zero-loss/http2-connection.mjs';
import { kubernetesFlags, onKubernetes } from './zero-loss/on-kubernetes.mjs';
import { findPm2, startPm2 } from './zero-loss/pm2-platform.mjs';
import { runCampaign } from './zero-loss/run-campaign.mjs';

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
    ...kubernetesFlags,
  },
});

const against = values.against.split(',');
const edgeNames = /** @type {import('./zero-loss/edges.mjs').EdgeName[]} */ (
  against.filter((name) => name === 'nginx' || name === 'haproxy')
);
/** How often each thing is to be done. @param {'reloads' | 'kills' | 'deploys' | 'edge-reloads' | 'rolls'} what */
const times = (what) => Number(values[what]);

await runCommand(() => {
  progress(`Seed ${values.seed}: --seed ${values.seed} repeats what is done in which order`);
  if (against.includes('kubernetes')) return onKubernetes(values, { ...LIMITS, TRUST_PROXY: '' }, campaign);
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

/**
 * @param {Pick<import('../platform/src/start/own-platform.ts').OwnStores, 'directory' | 'shutdown'>} place
 * @param {Pick<import('./zero-loss/run-campaign.mjs').Campaign, 'doors' | 'plans'> & { books: { databaseUrl: string, mongoUrl: string } }} platform
 */
async function campaign({ directory, shutdown }, { doors, plans, books }) {
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

/**
 * An edge by HTTP/1.1 and by HTTP/2.
 * @param {{ name: string, url: string, ca: string }} edge
 * @returns {import('./zero-loss/customer.mjs').Door[]}
 */
function doorsOf({ name, url, ca }) {
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
