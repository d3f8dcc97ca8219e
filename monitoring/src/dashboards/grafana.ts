/** The part of Grafana's dashboard JSON (schema 39, Grafana 10 to 12) that these dashboards use. */

/** Grafana's names of units. */
export type Unit = 's' | 'bytes' | 'short' | 'percentunit' | 'reqps' | 'ops' | 'none' | 'bool_yes_no';

export interface Query {
  expr: string;
  legend: string;
}

export interface PanelOptions {
  title: string;
  /** What it shows and when to worry: the text of its info icon. */
  description: string;
  queries: Query[];
  unit: Unit;
  /** Columns of 24. */
  width?: number;
  height?: number;
  /** Values from which it turns orange, and red. */
  warnAt?: number;
  badAt?: number;
  /** For a value that should be high: red below `badAt`, green above `warnAt`. */
  isBetterHigh?: boolean;
}

export interface Panel {
  type: 'timeseries' | 'stat' | 'heatmap' | 'row';
  title: string;
  targets?: { refId: string; expr: string; legendFormat: string; format?: 'heatmap'; datasource: typeof datasource }[];
  gridPos: { x: number; y: number; w: number; h: number };
  [setting: string]: unknown;
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  panels: Panel[];
  templating: { list: object[] };
  [setting: string]: unknown;
}

const datasource = { type: 'prometheus', uid: 'prometheus' } as const;

export function timeseries(options: PanelOptions): Panel {
  const custom = {
    lineWidth: 1,
    fillOpacity: 8,
    showPoints: 'never',
    thresholdsStyle: { mode: options.warnAt === undefined ? 'off' : 'line' },
  };
  return {
    ...panelOf('timeseries', options),
    fieldConfig: { defaults: { unit: options.unit, min: 0, custom, thresholds: thresholdsOf(options) }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  };
}

/** The last value, in large figures. */
export function stat(options: PanelOptions): Panel {
  return {
    ...panelOf('stat', { width: 4, height: 4, ...options }),
    fieldConfig: { defaults: { unit: options.unit, thresholds: thresholdsOf(options) }, overrides: [] },
    options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area', textMode: 'auto' },
  };
}

/** A histogram over time. Its query is summed by `le`. */
export function heatmap(options: PanelOptions): Panel {
  const panel = panelOf('heatmap', options);
  return {
    ...panel,
    targets: panel.targets?.map((target) => ({ ...target, format: 'heatmap', legendFormat: '{{le}}' })) ?? [],
    fieldConfig: { defaults: { custom: { scaleDistribution: { type: 'linear' } } }, overrides: [] },
    options: {
      calculate: false,
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
      yAxis: { unit: options.unit },
      tooltip: { mode: 'single', yHistogram: true },
      filterValues: { le: 1e-9 },
    },
  };
}

export function row(title: string): Panel {
  return { type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y: 0, w: 24, h: 1 } };
}

function panelOf(type: Panel['type'], { title, description, queries, width = 8, height = 7 }: PanelOptions): Panel {
  return {
    type,
    title,
    description,
    datasource,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      expr,
      legendFormat: legend,
      datasource,
    })),
    gridPos: { x: 0, y: 0, w: width, h: height },
  };
}

function thresholdsOf({ warnAt, badAt, isBetterHigh = false }: PanelOptions) {
  const [first, second, third] = isBetterHigh ? ['red', 'orange', 'green'] : ['green', 'orange', 'red'];
  const [low, high] = isBetterHigh ? [badAt, warnAt] : [warnAt, badAt];
  const steps = [
    { color: first, value: null },
    ...(low === undefined ? [] : [{ color: second, value: low }]),
    ...(high === undefined ? [] : [{ color: third, value: high }]),
  ];
  return { mode: 'absolute', steps };
}

export interface Variable {
  name: string;
  label: string;
  /** PromQL of label_values. */
  query: string;
  /** Offers all at once, as `.*`, which also matches a missing label. */
  hasAll: boolean;
}

/** Places the panels side by side in their order, as many as 24 columns hold. */
export function dashboard(
  { uid, title, description }: Pick<Dashboard, 'uid' | 'title' | 'description'>,
  variables: Variable[],
  panels: Panel[],
): Dashboard {
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
    links: [
      {
        type: 'dashboards',
        tags: ['mainstay'],
        title: 'Mainstay',
        asDropdown: false,
        keepTime: true,
        includeVars: true,
      },
    ],
    templating: { list: variables.map(variableOf) },
    annotations: { list: [] },
    panels: placed(panels),
  };
}

function variableOf({ name, label, query, hasAll }: Variable) {
  return {
    name,
    label,
    type: 'query',
    datasource,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    ...(hasAll ? { includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } } : {}),
  };
}

function placed(panels: Panel[]): Panel[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { w, h } = panel.gridPos;
    if (x + w > 24 || panel.type === 'row') [x, y, rowHeight] = [0, y + rowHeight, 0];
    const gridPos = { x, y, w, h };
    [x, rowHeight] = [x + w, Math.max(rowHeight, h)];
    return { ...panel, id: index + 1, gridPos };
  });
}
