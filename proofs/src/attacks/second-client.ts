import { openCustomer } from '../clients/customer.ts';
import type { Send } from '../clients/http-client.ts';
import { openLoop } from '../clients/load.ts';
import { quantile } from '../statistics.ts';

/** Sends 20 requests per second until `work` ends. Each request is a read or a payment, chosen at random. */
export async function serve(send: Send, work: Promise<unknown>) {
  const customer = await openCustomer(send);
  const cookie = customer.cookie();
  const asks = [
    () => ({ path: '/v1/accounts', cookie }),
    () => ({ path: `/v1/accounts/${customer.accounts[0]}/entries`, cookie }),
    () => customer.payment(),
    () => ({ path: '/healthz' }),
  ];
  const timesMs: number[] = [];
  const statuses: Record<string, number> = {};
  let isOver = false;
  const ended = work.finally(() => (isOver = true));
  const underWay = await openLoop({
    perSecond: 20,
    isOver: () => isOver,
    async send(dueMs) {
      const asked = asks[Math.floor(Math.random() * asks.length)]!();
      const status = await send({ ...asked, timeoutMs: 15_000 }).then(
        (reply) => String(reply.status),
        () => 'none',
      );
      statuses[status] = (statuses[status] ?? 0) + 1;
      timesMs.push(performance.now() - dueMs);
    },
  });
  await Promise.all([...underWay, ended]);
  const requests = timesMs.length;
  return { requests, share: 1 - refusedOf(statuses) / requests, p99Ms: quantile(timesMs, 0.99), statuses };
}

/** Counts the requests without a 2xx reply. */
export function refusedOf(statuses: Record<string, number>): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => sum + (status.startsWith('2') ? 0 : count), 0);
}
