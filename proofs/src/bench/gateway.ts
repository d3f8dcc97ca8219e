import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeOwnFolder, removeOwnFolder } from '@mainstay/platform/own-folder';
import { createTestRedis } from '@mainstay/platform/testing';
import { cpuSeconds } from './cpu.ts';
import {
  startBareProxy,
  startGateway,
  startNginx,
  startObviousStack,
  startService,
  type Candidate,
  type Surroundings,
} from './gateway/candidates.ts';
import { timeByPackage } from './gateway/profile.ts';
import { sendRequests } from './gateway/send-requests.ts';
import { readFlags } from '../read-flags.ts';
import { median } from '../statistics.ts';

const shownPackagesMax = 40;

/**
 * Measures the CPU per request of the gateway, @fastify/http-proxy, nginx and `obvious-stack.ts`.
 * All of them forward requests to the same small service.
 *
 *   --rounds 5 --seconds 3 --clients 32 --sessions 32
 *   --post               also send a POST with an Idempotency-Key
 *   --with name=folder,… also measure the built gateways of other checkouts
 *   --profile            print the CPU time by package
 */
export async function run(args: string[]): Promise<void> {
  const numbers = { rounds: 5, seconds: 3, clients: 32, sessions: 32 };
  const values = readFlags({ ...numbers, post: false, with: '', profile: false }, args);
  const directory = await makeOwnFolder(join(tmpdir(), 'mainstay-bench-'), 'bench');
  await mkdir(join(directory, 'logs'));
  const stops: (() => Promise<void>)[] = [() => removeOwnFolder(directory)];
  try {
    const redis = await createTestRedis();
    stops.push(() => redis.close());
    const service = await startService(directory);
    stops.push(() => service.process.stop());
    const around: Surroundings = {
      directory,
      redisUrl: redis.url,
      serviceUrl: service.url,
      sessions: values.sessions,
      isProfiled: values.profile,
    };
    const rivals: Candidate[] = [];
    for (const startRival of [startBareProxy, startNginx, startObviousStack]) {
      const rival = await startRival(around);
      if (!rival) continue;
      stops.push(() => rival.process.stop());
      rivals.push(rival);
    }
    const gateways: Candidate[] = [];
    for (const named of ['gateway=.', ...values.with.split(',').filter(Boolean)]) {
      const [name = '', checkout = ''] = named.split('=');
      const gateway = await startGateway(name, checkout, around);
      stops.push(() => gateway.process.stop());
      gateways.push(gateway);
    }
    await compare([...rivals, ...gateways], { ...values, kinds: values.post ? ['GET', 'POST'] : ['GET'] });
    if (values.profile) await tellProfiles(gateways, directory);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

interface Comparison {
  rounds: number;
  kinds: ('GET' | 'POST')[];
  clients: number;
  seconds: number;
}

const paths = { GET: '/v1/accounts', POST: '/v1/transfers' };

/** The first requests are slow, because Node.js compiles the code. */
const warmUpRequests = 20_000;
const warmUpRoundsMax = 10;

/** All ratios are relative to the GET of the first candidate. */
async function compare(candidates: Candidate[], { rounds, kinds, clients, seconds }: Comparison): Promise<void> {
  const costs = new Map<string, number[]>();
  const loads = kinds.flatMap((method) =>
    candidates.filter(({ cookies }) => method === 'GET' || cookies).map((candidate) => ({ method, candidate })),
  );
  const send = ({ method, candidate: { url, cookies = ['none=1'] } }: (typeof loads)[number]) =>
    sendRequests({ url, method, path: paths[method], cookies, clients, seconds });
  for (const load of loads) {
    let sent = 0;
    for (let round = 0; round < warmUpRoundsMax && sent < warmUpRequests; round += 1)
      sent += (await send(load)).succeeded;
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const load of loads) {
      const { name, process: measured } = load.candidate;
      const before = cpuSeconds({ measured });
      const sent = await send(load);
      const cpuUs = ((cpuSeconds({ measured }).measured! - before.measured!) / sent.succeeded) * 1e6;
      const speed = `${Math.round(sent.succeeded / sent.seconds)} requests/s, p99 ${sent.p99Ms.toFixed(0)} ms`;
      const others = sent.other > 0 ? `, ${sent.other} failed` : '';
      const kind = `${load.method} ${name}`;
      console.log(`round ${round}  ${kind.padEnd(15)} CPU ${cpuUs.toFixed(0)} µs, ${speed}${others}`);
      costs.set(kind, [...(costs.get(kind) ?? []), cpuUs]);
    }
  }
  const [rival] = candidates;
  const base = costs.get(`GET ${rival!.name}`)!;
  for (const [kind, all] of costs) {
    const ratios = all.map((cost, round) => cost / base[round]!);
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    console.log(
      `${kind.padEnd(15)} median CPU ${median(all).toFixed(0)} µs, ${median(ratios).toFixed(2)} x ${rival!.name} (${spread})`,
    );
  }
}

async function tellProfiles(gateways: Candidate[], directory: string): Promise<void> {
  for (const { name, process: profiled } of gateways) {
    // Stop the process, because it writes the profile when it ends.
    await profiled.stop();
    console.log(`\n${name}: share of the CPU time by package, start included`);
    for (const [owner, share] of (await timeByPackage(join(directory, `profile-${name}`))).slice(0, shownPackagesMax))
      console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${owner}`);
  }
}
