import { entrance, serviceNames, serviceOf } from '../services.ts';
import { Refusal } from '../terminal.ts';
import { importBuild } from './import-build.ts';

/**
 * Makes the OpenAPI document of the platform from the paths of each service.
 * @throws Refusal when the paths contradict each other or the route table
 */
export async function openapiDocument(): Promise<{ text: string; files: Record<string, string> }> {
  interface Document {
    createPlatformDocument: (paths: Record<string, unknown>, routeTable: unknown) => unknown;
  }
  const { createPlatformDocument } = await importBuild<Document>(entrance, 'openapi/document.js');
  const { routeTable } = await importBuild<{ routeTable: unknown }>(entrance, 'routes.js');
  const sources = await Promise.all(
    serviceNames.map(async (name) => {
      const { paths } = await importBuild<{ paths: unknown }>(name, serviceOf(name).openapi);
      return [name, paths] as const;
    }),
  );
  try {
    const text = `${JSON.stringify(createPlatformDocument(Object.fromEntries(sources), routeTable), null, 2)}\n`;
    return { text, files: { [`services/${entrance}/openapi/openapi.json`]: text } };
  } catch (error) {
    throw new Refusal(`The OpenAPI document cannot be made: ${(error as Error).message}`);
  }
}
