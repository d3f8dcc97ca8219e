import { edge } from './dashboards/edge.ts';
import { events } from './dashboards/events.ts';
import { dashboard, type Dashboard } from './dashboards/grafana.ts';
import { platform } from './dashboards/platform.ts';
import { service } from './dashboards/service.ts';

export function dashboards(): Map<string, Dashboard> {
  const texts = Object.entries({ platform, service, events, edge });
  return new Map(texts.map(([name, text]) => [name, dashboard(`mainstay-${name}`, text)]));
}

export function dashboardFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [name, board] of dashboards())
    files[`docker/grafana/dashboards/${name}.json`] = `${JSON.stringify(board, undefined, 2)}\n`;
  return files;
}
