// @ts-check
/** Writes Grafana's dashboards from monitoring/src: npm run dashboards. proofs/src/dashboards.ts asks a Prometheus for what they show. */
import { writeFiles } from '../platform/src/generate/write-files.ts';
import { build } from '../platform/src/start/install.ts';
import { runCommand } from '../platform/src/terminal.ts';

await runCommand(async () => {
  await build('monitoring');
  const { dashboardFiles } = await import('../monitoring/dist/dashboards.js');
  await writeFiles(dashboardFiles());
});
