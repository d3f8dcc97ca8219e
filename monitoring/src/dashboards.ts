import { edgeDashboard } from './dashboards/edge.js';
import { eventsDashboard } from './dashboards/events.js';
import type { Dashboard } from './dashboards/grafana.js';
import { platformDashboard } from './dashboards/platform.js';
import { serviceDashboard } from './dashboards/service.js';

export type { Dashboard } from './dashboards/grafana.js';

/** Every dashboard, by the file that Grafana reads it from. */
export function dashboards(): Map<string, Dashboard> {
  return new Map([
    ['platform', platformDashboard()],
    ['service', serviceDashboard()],
    ['events', eventsDashboard()],
    ['edge', edgeDashboard()],
  ]);
}

/** What is committed, by path from the root. */
export function dashboardFiles(): Map<string, string> {
  return new Map(
    [...dashboards()].map(([name, board]) => [
      `docker/grafana/dashboards/${name}.json`,
      `${JSON.stringify(board, undefined, 2)}\n`,
    ]),
  );
}
