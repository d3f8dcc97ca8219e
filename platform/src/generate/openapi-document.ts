import { entrance, serviceNames, serviceOf } from '../services.ts';
import { Refusal } from '../terminal.ts';
import { importBuild } from './import-build.ts';

/** Makes the platform's OpenAPI document. @throws Refusal when the paths contradict each other or the route table */
export async function openapiDocument(): Promise<string> {
  interface Document {
    createPlatformDocument: (paths: Record<string, unknown>, routeTable: unknown) => unknown;
  }
  const { createPlatformDocument } = await importBuild<Document>(entrance, 'openapi/document.js');
  const { routeTable } = await importBuild<{ routeTable: unknown }>(entrance, 'routes.js');
  const paths: Record<string, unknown> = {};
  for (const name of serviceNames)
    paths[name] = (await importBuild<{ paths: unknown }>(name, serviceOf(name).openapi)).paths;
  try {
    return `${JSON.stringify(createPlatformDocument(paths, routeTable), null, 2)}\n`;
  } catch (error) {
    throw new Refusal(`The OpenAPI document cannot be made: ${(error as Error).message}`);
  }
}
