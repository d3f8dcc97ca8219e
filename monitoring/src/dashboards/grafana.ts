/** Builds Grafana's dashboard JSON (schema 39, Grafana 10 to 12) from a short text. */
import { unhurriedRoutes } from '../objectives.ts';

const datasource = { type: 'prometheus', uid: 'prometheus' };
const otherDashboards = {
  type: 'dashboards',
  tags: ['mainstay'],
  title: 'Mainstay',
  keepTime: true,
  includeVars: true,
};
/**
 * A PromQL matcher that excludes live feeds and documents, because their duration depends on the client or on the
 * length.
 */
const HURRIED = `route!~"${unhurriedRoutes.join('|')}"`;

interface Panel {
  type: string;
  title: string;
  description?: string;
  targets?: { refId: string; expr: string; legendFormat: string; datasource: object }[];
  [setting: string]: unknown;
}

type Limits = Partial<Record<string, string>>;
export type Dashboard = ReturnType<typeof dashboard>;

const sizes: Record<string, { w: number; h: number }> = {
  row: { w: 24, h: 1 },
  stat: { w: 8, h: 4 },
  timeseries: { w: 8, h: 7 },
};

/**
 * Builds a dashboard from a text. The first two lines are the title and the description. Next come rows (`# Title`) and
 * panels, which are placed side by side in this order. A line that starts with `//` is a comment. A panel looks like this:
 *
 *     timeseries Title | unit=s orange>0.1 red>0.5
 *       The description, which Grafana shows behind the panel's info icon.
 *       legend = PromQL
 *         that continues here
 *
 * A panel is a `timeseries` or a `stat` (the last value in large digits). A value above `orange` or `red` gets that
 * colour. For a value that should be high, use `red<` and `green>`. Each `{…}` in PromQL is limited to the chosen
 * namespace. Each `rate(…)` gets a window that fits the zoom. `$hurried` excludes live feeds and documents.
 * @throws Error for a line of another form
 */
export function dashboard(uid: string, text: string) {
  const [title = '', description = '', ...lines] = text
    .replaceAll(/\n {4,}/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('//'));
  const panels: Panel[] = [];
  for (const line of lines) {
    const panel = panels.at(-1);
    if (line.startsWith('# ')) panels.push({ type: 'row', title: line.slice(2), collapsed: false, panels: [] });
    else if (!line.startsWith('  ')) panels.push(panelOf(line));
    else if (panel && panel.description === undefined) panel.description = line.trim();
    else if (panel) addQuery(panel, line.trim());
  }
  return {
    uid,
    title,
    description,
    tags: ['mainstay'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'utc',
    links: [otherDashboards],
    templating: { list: variablesOf(text) },
    annotations: { list: [] },
    panels: placed(panels),
  };
}

/**
 * The variables that a user selects at the top of the dashboard. `namespace` selects an installation, because one
 * Prometheus may scrape several. `service` exists only if the text contains `$service`.
 */
function variablesOf(text: string) {
  const variable = (name: string, label: string, query: string) => ({
    ...{ name, label, type: 'query', datasource, query: { query, refId: name }, definition: query },
    ...{ refresh: 2, sort: 1 },
  });
  // The value `.*` matches all series, with or without a namespace.
  const all = { includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  return [
    { ...variable('namespace', 'Namespace', 'label_values(up, namespace)'), ...all },
    ...(text.includes('$service') ? [variable('service', 'Service', 'label_values(service_build_info, service)')] : []),
  ];
}

function panelOf(line: string): Panel {
  const [, type, title, look] = /^(timeseries|stat) (.+) \| (unit=.+)$/.exec(line) ?? [];
  if (!type || !title || !look)
    throw new Error(`a panel must start with its type, title and unit, but this line does not: ${line}`);
  const words = look.split(' ').map((word) => word.split(/[=<>]/) as [string, string]);
  const { unit, ...limits } = Object.fromEntries(words) as Partial<Record<string, string>>;
  const settings = type === 'stat' ? statOf(unit, limits) : timeseriesOf(unit, limits);
  return { type, title, description: undefined, datasource, targets: [], ...settings };
}

function statOf(unit: string | undefined, limits: Limits) {
  return {
    fieldConfig: { defaults: { unit, thresholds: thresholdsOf(limits) }, overrides: [] },
    options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area', textMode: 'auto' },
  };
}

function timeseriesOf(unit: string | undefined, limits: Limits) {
  const thresholdsStyle = { mode: limits.orange === undefined ? 'off' : 'line' };
  const custom = { lineWidth: 1, fillOpacity: 8, showPoints: 'never', thresholdsStyle };
  return {
    fieldConfig: { defaults: { unit, min: 0, custom, thresholds: thresholdsOf(limits) }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  };
}

function thresholdsOf({ orange, red, green }: Limits) {
  const limits = green === undefined ? { green: null, orange, red } : { red: null, orange: red, green };
  const steps = Object.entries(limits).filter(([, value]) => value !== undefined);
  return {
    mode: 'absolute',
    steps: steps.map(([color, value]) => ({ color, value: value === null ? null : Number(value) })),
  };
}

function addQuery({ targets = [] }: Panel, line: string): void {
  const [, legend = '', query = ''] = /^(.+?) = (.+)$/.exec(line) ?? [];
  if (query === '') throw new Error(`a query must have the form "legend = PromQL", but this line does not: ${line}`);
  const expr = query
    .replaceAll('$hurried', HURRIED)
    .replaceAll('{}', '{namespace=~"$namespace"}')
    .replaceAll(/\{(?!namespace)/g, '{namespace=~"$namespace",')
    .replaceAll(/rate\(([^{}]+\{[^}]*\})\)/g, 'rate($1[$__rate_interval])');
  targets.push({
    refId: String.fromCharCode('A'.charCodeAt(0) + targets.length),
    expr,
    legendFormat: legend,
    datasource,
  });
}

/** Places panels side by side on a grid of 24 columns. */
function placed(panels: Panel[]) {
  let [x, y, rowHeight] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { w, h } = sizes[panel.type]!;
    if (x + w > 24) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w, h };
    [x, rowHeight] = [x + w, Math.max(rowHeight, h)];
    return { ...panel, id: index + 1, gridPos };
  });
}
