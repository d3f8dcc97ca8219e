import { edgeDashboard } from './dashboards/edge.ts';
import { eventsDashboard } from './dashboards/events.ts';
import type { Dashboard } from './dashboards/grafana.ts';
import { platformDashboard } from './dashboards/platform.ts';
import { serviceDashboard } from './dashboards/service.ts';

export type { Dashboard } from './dashboards/grafana.ts';

/** Every dashboard, by its file. */
export function dashboards(): Map<string, Dashboard> {
  return new Map([
    ['platform', platformDashboard],
    ['service', serviceDashboard],
    ['events', eventsDashboard],
    ['edge', edgeDashboard],
  ]);
}

/** The committed files, by path from the root. */
export function dashboardFiles(): Record<string, string> {
  const files = [...dashboards()].map(([name, board]) => [
    `docker/grafana/dashboards/${name}.json`,
    `${JSON.stringify(board, undefined, 2)}\n`,
  ]);
  return Object.fromEntries(files) as Record<string, string>;
}
