import { serviceNames as services } from '@mainstay/platform/services';

const TIMEOUT_MS = 10_000;
/** A scrape that was missed leaves gauges without a value until the next one: what has no data is asked again. */
const ATTEMPTS = 4;
const AGAIN_AFTER_MS = 5_000;

/** What Grafana would put in their places. */
const VARIABLES = { $__rate_interval: '1m', $namespace: '.*' };

interface Finding {
  dashboard: string;
  panel: string;
  service: string;
  series: number;
  example: string;
  trouble: string;
}

/**
 * Asks for everything that the dashboards ask for, and prints a line a panel. A panel of the chosen service is asked for each of them.
 * @param url of a Prometheus that scrapes a platform under traffic
 * @returns whether every query has data
 */
export async function checkPanels(url: string): Promise<boolean> {
  const { dashboards } = await import('../../../monitoring/src/dashboards.ts');
  const findings: Finding[] = [];
  for (const board of dashboards().values()) {
    const title = board.title.replace('Mainstay: ', '');
    for (const panel of board.panels) {
      for (const { expr, refId } of panel.targets ?? []) {
        for (const service of expr.includes('$service') ? services : ['']) {
          const name = (panel.targets?.length ?? 0) > 1 ? `${panel.title} (${refId})` : panel.title;
          findings.push({ dashboard: title, panel: name, service, ...(await insist(url, filledIn(expr, service))) });
        }
      }
    }
  }
  print(findings);
  return findings.every(({ trouble }) => trouble === '');
}

function filledIn(expr: string, service: string) {
  let text = expr.replaceAll('$service', service);
  for (const [name, value] of Object.entries(VARIABLES)) text = text.replaceAll(name, value);
  return text;
}

async function insist(url: string, query: string) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(url, query);
    if (answer.trouble === '' || attempt === ATTEMPTS) return answer;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

async function ask(url: string, query: string) {
  try {
    const asked = `${url.replace(/\/$/, '')}/api/v1/query?query=${encodeURIComponent(query)}`;
    const reply = await fetch(asked, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { status, error, data } = (await reply.json()) as any;
    if (status !== 'success') return { series: 0, example: '', trouble: String(error) };
    const values = data.result.map(({ value }: { value: [number, string] }) => Number(value[1]));
    const numbers = values.filter((value: number) => !Number.isNaN(value));
    const trouble = values.length === 0 ? 'no data' : numbers.length === 0 ? 'no number' : '';
    return { series: values.length, example: numbers.length > 0 ? short(Math.max(...numbers)) : '', trouble };
  } catch (error) {
    return { series: 0, example: '', trouble: error instanceof Error ? error.message : String(error) };
  }
}

const short = (value: number) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

function print(findings: Finding[]) {
  const width = (column: 'dashboard' | 'panel' | 'service') =>
    Math.max(column.length, ...findings.map((finding) => finding[column].length));
  const line = ([dashboard = '', panel = '', service = '', ...rest]: string[]) =>
    [dashboard.padEnd(width('dashboard')), panel.padEnd(width('panel')), service.padEnd(width('service')), ...rest]
      .join('  ')
      .trimEnd();
  console.log(line(['dashboard', 'panel', 'service', 'series', 'largest  ', '']));
  for (const { dashboard, panel, service, series, example, trouble } of findings) {
    console.log(
      line([dashboard, panel, service, String(series).padStart(6), example.padEnd(9), trouble && `FAILS: ${trouble}`]),
    );
  }
  const failures = findings.filter(({ trouble }) => trouble !== '').length;
  console.log(`\n${findings.length - failures} queries have data, ${failures} fail`);
}
