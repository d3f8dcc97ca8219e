// @ts-check
/**
 * Replaces, kills and deploys what serves requests while clients keep their connections open and send, and tells of every request what became of it.
 *
 *   npm run build && node bench/zero-loss.mjs [--against pm2,nginx,haproxy] [--reloads 100] [--kills N] [--edge-reloads N] [--deploys N] [--scheduling rr|none]
 *     [--clients 20] [--feeds 2] [--instances 2,2,2] [--think 400] [--entries 1500] [--calm 10] [--minutes 30] [--seed S] [--stores given] [--evidence] [--busy]
 *
 * A platform of its own (real stores, real PM2, real edges, free ports, a temporary directory) that ends with it, also on Ctrl-C. `--against` names the doors
 * through which clients come in; each gets as many clients. `--instances` are the workers of
 * gateway, accounts and activity. `--stores given` takes the stores that DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL and
 * MONGO_URL name. `--evidence` keeps journal and logs in any case, and has more logged. With `--busy`, for a machine that
 * has other work too, a refusal because a store had no time to answer fails nothing. `--scheduling` is how the workers of PM2
 * share their port: `rr` hands connections out in turn, `none` lets workers take them. A seed repeats what is done in which order; the moments at which it meets requests are the machine's.
 *
 * Exit code 1 when any request was lost or hung (but for one without a key in the hands of a worker that was killed), when the books do not hold, when an
 * account was opened twice, or when a live feed left out or repeated an event.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withOwnStores } from '../scripts/platform/own-platform.mjs';
import { Refusal, progress, runCommand } from '../scripts/platform/terminal.mjs';
import { brokenDeploys, edgeReloads, kills, reloads } from './zero-loss/disturb.mjs';
import { missingPrograms, startEdge } from './zero-loss/edges.mjs';
import { openHttp1 } from './zero-loss/http1-connection.mjs';
import { openHttp2 } from './zero-loss/http2-connection.mjs';
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
  },
});

const against = values.against.split(',');
const edgeNames = /** @type {import('./zero-loss/edges.mjs').EdgeName[]} */ (against.filter((name) => name !== 'pm2'));

await runCommand(async () => {
  if (!findPm2()) throw new Refusal('PM2 is not installed: npm ci installs it.');
  const missing = [...new Set(edgeNames.flatMap(missingPrograms))];
  if (missing.length > 0) throw new Refusal(`Not installed: ${missing.join(', ')}. Or leave it out of --against.`);
  progress(`Seed ${values.seed}: --seed ${values.seed} repeats what is done in which order`);
  const given = values.stores === 'given' ? givenStores() : {};
  return withOwnStores({ name: 'zero-loss', tell: () => undefined, given }, async (stores) => {
    progress('PM2 starts the services');
    const platform = await startPm2(stores, {
      instances: values.instances.split(',').map(Number),
      isDeployed: Number(values.deploys) > 0,
      environment: {
        ...LIMITS,
        LOG_LEVEL: values.evidence ? 'info' : 'warn',
        NODE_CLUSTER_SCHED_POLICY: values.scheduling,
      },
    });
    const edges = await Promise.all(edgeNames.map((name) => startEdge(name, platform.url, stores)));
    const journalFile = join(stores.directory, 'journal.jsonl');
    await writeFile(journalFile, '');
    const { postgres, mongo } = stores.foundation.stores;
    return runCampaign({
      doors: doorsOf(platform, edges),
      plans: [
        reloads(platform, Number(values.reloads)),
        kills(platform, Number(values.kills)),
        brokenDeploys(platform, Number(values.deploys)),
        ...edges.map((edge) => edgeReloads(edge, Number(values['edge-reloads']))),
      ],
      load: loadOptions(),
      books: { databaseUrl: postgres.url, mongoUrl: mongo.url, journalFile },
      calmS: Number(values.calm),
      minutesMax: Number(values.minutes),
      seed: Number(values.seed),
      interrupted: stores.shutdown.signal,
      isBusy: values.busy,
      keepsEvidence: values.evidence,
      logDirectory: join(stores.directory, 'logs'),
    });
  });
});
process.exit(); // what a failed run left waiting need not be waited for

/**
 * The gateway itself, and each edge by HTTP/1.1 and HTTP/2.
 * @param {import('./zero-loss/pm2-platform.mjs').Pm2Platform} platform
 * @param {import('./zero-loss/edges.mjs').Edge[]} edges
 * @returns {import('./zero-loss/customer.mjs').Door[]}
 */
function doorsOf({ url }, edges) {
  return [
    ...(against.includes('pm2') ? [{ name: 'pm2', url, open: openHttp1 }] : []),
    ...edges.flatMap(({ name, url, ca }) => [
      { name, url, ca, open: openHttp1 },
      { name: `${name} h2`, url, ca, open: openHttp2 },
    ]),
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
