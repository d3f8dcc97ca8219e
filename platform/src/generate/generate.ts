import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, getFileInfo, resolveConfig } from 'prettier';
import { root } from '../root.ts';
import { entrance } from '../services.ts';
import { deploymentFiles } from './deployment.ts';
import { kubernetesFiles } from './kubernetes.ts'; // fork:remove kubernetes
import { openapiDocument } from './openapi-document.ts';
import { settingsTables } from './settings-tables.ts';
import type { Files } from './templates.ts';
import { webClient } from './web-client.ts'; // fork:remove web

/** Writes generated files that differ. With `check`, returns exit code 1 instead. The services must be built. */
export async function generate({ check }: { check: boolean }): Promise<number> {
  const openapi = await openapiDocument();
  const files = await formatted({
    [`services/${entrance}/openapi/openapi.json`]: openapi,
    ...(await webClient(openapi)), // fork:remove web
    ...(await settingsTables()),
    ...(await monitoringFiles()),
    ...kubernetesFiles(), // fork:remove kubernetes
    ...deploymentFiles(),
  });
  const textOf = (path: string) => existsSync(join(root, path)) && readFileSync(join(root, path), 'utf8');
  const stale = Object.entries(files).filter(([path, text]) => textOf(path) !== text);
  for (const [path, text] of stale) {
    if (check) console.error(`${path} differs from the output of npm run generate. Run it, and commit the file.`);
    else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      console.log(`${path} is written.`);
    }
  }
  return check && stale.length > 0 ? 1 : 0;
}

/** Formats the files with prettier, because a longer list of services can need other line breaks. */
async function formatted(files: Files): Promise<Files> {
  const entries = Object.entries(files).map(async ([path, text]): Promise<[string, string]> => {
    const filepath = join(root, path);
    const { ignored, inferredParser } = await getFileInfo(filepath, { ignorePath: join(root, '.prettierignore') });
    if (ignored || inferredParser === null) return [path, text];
    return [path, await format(text, { ...(await resolveConfig(filepath)), filepath })];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Returns no files if a fork has deleted monitoring/. */
async function monitoringFiles(): Promise<Files> {
  if (!existsSync(join(root, 'monitoring'))) return {};
  const load = (file: string) => import(pathToFileURL(join(root, 'monitoring/src', file)).href);
  const { ruleFiles } = (await load('rules.ts')) as { ruleFiles: () => Files };
  const { dashboardFiles } = (await load('dashboards.ts')) as { dashboardFiles: () => Files };
  return { ...ruleFiles(), ...dashboardFiles() };
}
