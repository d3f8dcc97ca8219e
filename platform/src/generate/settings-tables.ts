import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';
import { importBuild } from './import-build.ts';

const TABLE = /(<!-- settings: generated -->\n)[^]*?(\n<!-- \/settings -->)/;
const EXAMPLE_HEAD = `# Every setting of the services, by file. Lines without # are required. Generated from the schemas: npm run generate.
# NAME_FILE=path reads a value from a file. docs/bare-metal.md says how to make the secrets. npm run stores writes these files for its own stores.
`;

/** The README of each service, with the table of the settings that its schema reads, and .env.example for all services. */
export async function settingsTables(): Promise<Record<string, string>> {
  const { envExample, settingsTable } = await import('@mainstay/config');
  type Schema = Parameters<typeof settingsTable>[0];
  const schemas = await Promise.all(
    serviceNames.map(async (service) => {
      const { configSchema } = await importBuild<{ configSchema: Schema }>(service, 'config.js');
      return { service, schema: configSchema };
    }),
  );
  const readmes = schemas.map(({ service, schema }) => {
    const readme = `services/${service}/README.md`;
    const text = readFileSync(join(root, readme), 'utf8');
    if (!TABLE.test(text)) throw new Error(`${readme} has no place for the settings table`);
    const table = settingsTable(schema, { service }).trim();
    return [readme, text.replace(TABLE, (_, before: string, after: string) => `${before}\n${table}\n${after}`)];
  });
  return {
    ...(Object.fromEntries(readmes) as Record<string, string>),
    '.env.example': `${EXAMPLE_HEAD}\n${envExample(schemas)}\n`,
  };
}
