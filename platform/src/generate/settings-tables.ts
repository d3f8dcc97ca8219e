import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';
import { importBuild } from './import-build.ts';

const TABLE = /(<!-- settings: generated -->\n)[^]*?(\n<!-- \/settings -->)/;
const EXAMPLE_HEAD = `# Every setting of the services, by file. Lines without # are required. Generated from the schemas: npm run generate.
# NAME_FILE=path reads a value from a file. docs/bare-metal.md says how to create the secrets. npm run stores writes these files for its own stores.
`;

/** The templates that `npm run fork:add-service` copies. services.ts does not list them. */
const templates = readdirSync(join(root, 'services')).filter((folder) => /^template(-|$)/.test(folder));

/** Returns .env.example, and the README of each service and template with an up-to-date table of its settings. */
export async function settingsTables(): Promise<Record<string, string>> {
  const { envExample, settingsTable } = await import('@mainstay/config');
  type Schema = Parameters<typeof settingsTable>[0];
  const files: Record<string, string> = {};
  async function fillTable(folder: string, service: string): Promise<{ service: string; schema: Schema }> {
    const { configSchema: schema } = await importBuild<{ configSchema: Schema }>(folder, 'config.js');
    const readme = `services/${folder}/README.md`;
    const text = readFileSync(join(root, readme), 'utf8');
    if (!TABLE.test(text))
      throw new Error(
        `${readme} has no lines "<!-- settings: generated -->" and "<!-- /settings -->" for the settings table.`,
      );
    const table = settingsTable(schema, { service }).trim();
    files[readme] = text.replace(TABLE, (_, before: string, after: string) => `${before}\n${table}\n${after}`);
    return { service, schema };
  }
  for (const folder of templates) await fillTable(folder, 'template');
  const schemas = await Promise.all(serviceNames.map((name) => fillTable(name, name)));
  return { ...files, '.env.example': `${EXAMPLE_HEAD}\n${envExample(schemas)}\n` };
}
