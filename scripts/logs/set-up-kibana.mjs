// @ts-check
import { readFile } from 'node:fs/promises';
import { demand } from './log-store.mjs';

const objectsFile = new URL('../../docker/kibana/mainstay.ndjson', import.meta.url);

/**
 * Imports the data view, the searches and the dashboard of docker/kibana, over those of before.
 * @param {import('./log-store.mjs').Access} access
 * @param {{ say: (line: string) => void }} options
 */
export async function setUpKibana(access, { say }) {
  const boundary = 'mainstay-saved-objects';
  const body = [
    `--${boundary}`,
    'Content-Disposition: form-data; name="file"; filename="mainstay.ndjson"',
    'Content-Type: application/ndjson',
    '',
    await readFile(objectsFile, 'utf8'),
    `--${boundary}--`,
    '',
  ].join('\r\n');
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}`, 'kbn-xsrf': 'mainstay' };
  const reply = await demand(access, 'POST', '/api/saved_objects/_import?overwrite=true', { body, headers });
  if (!reply.success)
    throw new Error(`Kibana took ${reply.successCount} objects, and not: ${JSON.stringify(reply.errors)}`);
  say(`Kibana: ${reply.successCount} objects imported`);
}
