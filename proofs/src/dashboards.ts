/**
 * Runs every query of Grafana's dashboards on a Prometheus. Exit code 1 if a query fails or returns no data.
 *
 *   node bootstrap.mjs proofs/src/dashboards.ts                         starts a platform, traffic and Prometheus
 *   node bootstrap.mjs proofs/src/dashboards.ts http://127.0.0.1:9090   uses the Prometheus of a platform with traffic
 */
import { setTimeout as delay } from 'node:timers/promises';
import { serviceNames as services } from '@mainstay/platform/services';
import { build } from '@mainstay/platform/start/install';
import { progress, Refusal, runCommand } from '@mainstay/platform/terminal';
import { dashboards } from '../../monitoring/src/dashboards.ts';
import { withWatchedPlatform } from './prometheus.ts';

/** Rates over one minute have no value at first, so traffic runs for this time before the first query. */
const TRAFFIC_MS = 90_000;
/** A gauge has no value between a missed scrape and the next scrape, so a query without data is repeated. */
const ATTEMPTS = 4;
const AGAIN_AFTER_MS = 5_000;

await runCommand(async () => {
  const [url] = process.argv.slice(2);
  if (url !== undefined && !URL.canParse(url)) throw new Refusal(`${url} is not the address of a Prometheus.`);

  return (await (url === undefined ? checkOnOwnPlatform() : checkPanels(url))) ? 0 : 1;
});

async function checkOnOwnPlatform(): Promise<boolean> {
  await build();
  return withWatchedPlatform({ name: 'dashboards' }, async ({ prometheus, signal }) => {
    progress(`Traffic for ${TRAFFIC_MS / 1_000} s`);
    await delay(TRAFFIC_MS, undefined, { signal });
    return checkPanels(prometheus.url);
  });
}

/** Returns whether every query has data. A query with the variable `service` runs for each service. */
async function checkPanels(url: string): Promise<boolean> {
  const rows: { trouble: string }[] = [];
  for (const { title: dashboard, panels } of dashboards().values()) {
    for (const { title: panel, targets = [] } of panels) {
      for (const { expr, refId } of targets) {
        for (const service of expr.includes('$service') ? services : [''])
          rows.push({
            ...{ dashboard, panel, query: refId, service },
            ...(await insist(url, filledIn(expr, service))),
          });
      }
    }
  }
  console.table(rows);
  const failures = rows.filter(({ trouble }) => trouble !== '').length;
  console.log(`${rows.length - failures} queries have data, ${failures} fail`);
  return failures === 0;
}

/** Replaces the variables in a query, because the query is sent to Prometheus directly, without Grafana. */
function filledIn(expr: string, service: string): string {
  return expr.replaceAll('$service', service).replaceAll('$__rate_interval', '1m').replaceAll('$namespace', '.*');
}

async function insist(url: string, query: string) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(url, query).catch((error: Error) => ({ series: 0, largest: NaN, trouble: error.message }));
    if (answer.trouble === '' || attempt === ATTEMPTS) return answer;
    await delay(AGAIN_AFTER_MS);
  }
}

async function ask(url: string, query: string) {
  const asked = `${url.replace(/\/$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`;
  const reply = await fetch(asked, { signal: AbortSignal.timeout(10_000) });
  const { status, error, data } = (await reply.json()) as any;
  if (status !== 'success') throw new Error(String(error));
  const values = (data.result as { value: [number, string] }[]).map(({ value }) => Number(value[1]));
  const numbers = values.filter((value) => !Number.isNaN(value));
  const trouble = values.length === 0 ? 'no data' : numbers.length === 0 ? 'no number' : '';
  return { series: values.length, largest: Math.max(...numbers), trouble };
}
