// @ts-check
/**
 * Writes each service's table of settings into its README, and .env.example for all of them, from the schemas that read them.
 *
 *   node scripts/settings-tables.mjs           writes
 *   node scripts/settings-tables.mjs --check   exits 1 where a file says something else than the code
 *
 * Needs a build (npm run build).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { envExample, settingsTable } from '../packages/config/dist/index.js';

const services = ['gateway', 'accounts', 'activity'];
const between = /(<!-- settings: generated -->\n)[^]*?(\n<!-- \/settings -->)/;
const isCheck = process.argv.includes('--check');
const stale = [];
const schemas = [];

for (const service of services) {
  const readme = new URL(`../services/${service}/README.md`, import.meta.url);
  const { configSchema } = await import(new URL(`../services/${service}/dist/config.js`, import.meta.url).href);
  schemas.push({ service, schema: configSchema });
  const text = readFileSync(readme, 'utf8');
  const table = settingsTable(configSchema, { service });
  if (!between.test(text)) throw new Error(`services/${service}/README.md has no place for the settings table`);
  const current = text.replace(between, (_, before, after) => `${before}\n${table.trim()}\n${after}`);
  if (current === text) continue;
  if (isCheck) stale.push(`services/${service}/README.md`);
  else writeFileSync(readme, current);
}

const example = new URL('../.env.example', import.meta.url);
const head =
  '# Every setting of the services, by the file that it belongs to. Lines without # are required. Generated from the schemas: npm run openapi.\n' +
  '# NAME_FILE=path reads a value from a file. docs/bare-metal.md says how to make the secrets. npm run stores writes these files for its own stores.\n';
const exampleText = `${head}\n${envExample(schemas)}\n`;
if (!existsSync(example) || readFileSync(example, 'utf8') !== exampleText) {
  if (isCheck) stale.push('.env.example');
  else writeFileSync(example, exampleText);
}

if (stale.length > 0) {
  console.error(`Settings are stale in ${stale.join(', ')}: run node scripts/settings-tables.mjs`);
  process.exitCode = 1;
}
