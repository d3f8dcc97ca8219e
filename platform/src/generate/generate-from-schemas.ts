import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';
import { openapiDocument } from './openapi-document.ts';
import { settingsTables } from './settings-tables.ts';
import { webClient } from './web-client.ts';

/**
 * Writes, or with `check` compares, what follows from the schemas of the services. The services must be built.
 * @returns the exit code: 1 when a committed file differs
 */
export async function generateFromSchemas({ check }: { check: boolean }): Promise<number> {
  const document = await openapiDocument();
  const files = { ...document.files, ...(await webClient(document.text)), ...(await settingsTables()) };
  const stale = Object.entries(files).filter(([path, text]) => textOf(path) !== text);
  for (const [path, text] of stale) {
    if (check) console.error(`${path} differs from the schemas. Run npm run openapi, and commit it.`);
    else {
      writeFileSync(join(root, path), text);
      console.log(`${path} is written.`);
    }
  }
  return check && stale.length > 0 ? 1 : 0;
}

function textOf(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
}
