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
/** A PromQL matcher that excludes requests for live feeds and requests for documents, for example PDF files. */
const HURRIED = `route!~"${unhurriedRoutes.join('|')}"`;

interface Panel {
  type: string;
  title: string;
  description?: string;
  targets?: { refId: string; expr: string; legendFormat: string; datasource: object }[];
  [setting: string]: unknown;
}

export type Dashboard = ReturnType<typeof dashboard>;

const sizes: Record<string, { w: number; h: number }> = {
  row: { w: 24, h: 1 },
  stat: { w: 8, h: 4 },
  timeseries: { w: 8, h: 7 },
};

/**
 * Builds a dashboard from a text. The first two lines are the title and the description. The other lines describe rows
 * and panels. A row looks like `# Title`. Grafana shows the panels side by side in the order of the text. A line that
 * starts with `//` is a comment. A panel looks like this:
 *
 *     timeseries Title | unit=s orange>0.1 red>0.5
 *       The description, which Grafana shows behind the panel's info icon.
 *       legend = PromQL
 *         that continues here
 *
 * A panel is a `timeseries` or a `stat`. Values below the lowest limit are green. A leading colour without a limit
 * replaces green: with `blue orange>0.1`, values below 0.1 are blue. Each `{…}` in PromQL is limited to the chosen
 * namespace. Each `rate(…)` gets a window that fits the zoom. `$hurried` stands for the matcher HURRIED.
 * @throws Error if a line has a different form
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
    panels: placed(panels),
  };
}

/** Returns the lists in which a user selects an installation (`namespace`) and a service. */
function variablesOf(text: string) {
  const variable = (name: string, query: string) => {
    return { name, type: 'query', datasource, query: { query, refId: name }, refresh: 2, sort: 1 };
  };
  // `.*` also matches series without a namespace.
  const all = { includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  return [
    { ...variable('namespace', 'label_values(up, namespace)'), ...all },
    ...(text.includes('$service') ? [variable('service', 'label_values(service_build_info, service)')] : []),
  ];
}

function panelOf(line: string): Panel {
  const [, type, title, unit, colours = ''] = /^(timeseries|stat) (.+) \| unit=(\w+) ?(.*)$/.exec(line) ?? [];
  if (!type || !title)
    throw new Error(`a panel must start with its type, title and unit, but this line does not: ${line}`);
  const steps = colours.split(' ').flatMap((colour) => {
    const [color, value] = colour.split('>');
    return color ? [{ color, value: value === undefined ? null : Number(value) }] : [];
  });
  if (steps[0]?.value !== null) steps.unshift({ color: 'green', value: null });
  const custom = { thresholdsStyle: { mode: steps.length > 1 ? 'line' : 'off' } };
  const thresholds = { mode: 'absolute', steps };
  const defaults = { unit, thresholds, ...(type === 'timeseries' && { min: 0, custom }) };
  const settings = { fieldConfig: { defaults, overrides: [] }, options: { tooltip: { mode: 'multi', sort: 'desc' } } };
  return { type, title, description: undefined, datasource, targets: [], ...settings };
}

function addQuery({ targets = [] }: Panel, line: string): void {
  const [, legend = '', query = ''] = /^(.+?) = (.+)$/.exec(line) ?? [];
  if (query === '') throw new Error(`a query must have the form "legend = PromQL", but this line does not: ${line}`);
  const expr = query
    .replaceAll('$hurried', HURRIED)
    .replaceAll('{}', '{namespace=~"$namespace"}')
    .replaceAll(/\{(?!namespace)/g, '{namespace=~"$namespace",')
    .replaceAll(/rate\(([^{}]+\{[^}]*\})\)/g, 'rate($1[$__rate_interval])');
  const refId = String.fromCharCode('A'.charCodeAt(0) + targets.length);
  targets.push({ refId, expr, legendFormat: legend, datasource });
}

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
