/** A load generator in its own process. Slow replies do not change the rate of requests (an open loop). */
import { openHttpClient, type Asked } from '../../clients/http-client.ts';
import { openLoop } from '../../clients/load.ts';
import { quantile } from '../../statistics.ts';
import { until } from '@mainstay/platform/until';

/** Requests are chosen at random. Each POST gets a new key. */
export interface Load {
  ratePerS: number;
  seconds: number;
  requests: Asked[];
}
export interface Measured {
  offered: number;
  /** Counts by status; `lost` is the number of requests without a reply. */
  statuses: Record<string, number>;
  /** 2xx replies per second. A reply counts if it arrives within one second after its request was due. */
  goodPerS: number;
  /** Median duration of 2xx replies. */
  admittedP50Ms: number;
  admittedP99Ms: number;
  refusedP99Ms: number;
}

const goodMs = 1_000;
const connections = 512;
const patienceMs = 3_000;

const { send } = openHttpClient({ url: process.argv[2] ?? '', connections });
let keys = 0;

/** Opens all connections before a load, because Node.js accepts only one per turn of the event loop. */
const openAll = () =>
  Promise.all(Array.from({ length: connections }, () => send({ path: '/healthz' }).catch(() => undefined)));

async function measure({ ratePerS, seconds, requests }: Load): Promise<Measured> {
  const statuses: Record<string, number> = {};
  const [admittedMs, refusedMs]: number[][] = [[], []];
  let [offered, isCounting] = [0, true];
  const endMs = performance.now() + seconds * 1_000;
  const underWay = await openLoop({
    perSecond: ratePerS,
    isRandom: true,
    isOver: () => performance.now() >= endMs,
    async send(dueMs) {
      offered += 1;
      const request = requests[Math.floor(Math.random() * requests.length)]!;
      const status = await send({ ...request, ...(request.body && { key: `overload-${(keys += 1)}` }) }).then(
        (reply) => String(reply.status),
        () => 'lost',
      );
      if (!isCounting) return;
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status.startsWith('2')) admittedMs!.push(performance.now() - dueMs);
      else if (status === '503') refusedMs!.push(performance.now() - dueMs);
    },
  });
  await until('all replies have arrived', async () => underWay.size === 0, {
    timeoutMs: patienceMs,
    everyMs: 10,
  }).catch(() => undefined);
  isCounting = false;
  if (underWay.size > 0) statuses.lost = (statuses.lost ?? 0) + underWay.size;
  return {
    offered,
    statuses,
    goodPerS: admittedMs!.filter((ms) => ms <= goodMs).length / seconds,
    admittedP50Ms: quantile(admittedMs!, 0.5),
    admittedP99Ms: quantile(admittedMs!, 0.99),
    refusedP99Ms: quantile(refusedMs!, 0.99),
  };
}

process.on(
  'message',
  (load: Load) =>
    void openAll()
      .then(() => measure(load))
      .then((measured) => process.send?.(measured)),
);
process.on('disconnect', () => process.exit());
