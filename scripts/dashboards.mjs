// @ts-check
/**
 * Writes Grafana's dashboards from monitoring/src, or asks a Prometheus for everything that they ask for.
 *
 *   npm run dashboards
 *   npm run dashboards -- --check http://127.0.0.1:9090     a table; exit code 1 where a panel has no data, or its query fails
 *   npm run dashboards -- --check                           the same on a platform and a Prometheus of its own, under traffic
 */

import('./dashboards/run-dashboards.mjs').then(({ runDashboards }) => runDashboards(process.argv.slice(2)));
