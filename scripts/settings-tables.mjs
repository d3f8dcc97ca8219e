// @ts-check
/**
 * Writes each service's table of settings into its README, from the schema that reads them.
 *
 *   node scripts/settings-tables.mjs           writes
 *   node scripts/settings-tables.mjs --check   exits 1 where a README says something else than the code
 *
 * Needs a build (npm run build).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { settingsTable } from '../packages/config/dist/index.js';

const services = ['gateway', 'accounts', 'activity'];
const between = /(<!-- settings: generated -->\n)[^]*?(\n<!-- \/settings -->)/;
const isCheck = process.argv.includes('--check');
const stale = [];

for (const service of services) {
  const readme = new URL(`../services/${service}/README.md`, import.meta.url);
  const { configSchema } = await import(new URL(`../services/${service}/dist/config.js`, import.meta.url).href);
  const text = readFileSync(readme, 'utf8');
  const table = settingsTable(configSchema, { service });
  if (!between.test(text)) throw new Error(`services/${service}/README.md has no place for the settings table`);
  const current = text.replace(between, (_, before, after) => `${before}\n${table.trim()}\n${after}`);
  if (current === text) continue;
  if (isCheck) stale.push(`services/${service}/README.md`);
  else writeFileSync(readme, current);
}

if (stale.length > 0) {
  console.error(`The settings table is stale in ${stale.join(', ')}: run node scripts/settings-tables.mjs`);
  process.exitCode = 1;
}
