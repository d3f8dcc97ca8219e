/**
 * Puts the OpenAPI document of the platform together out of what each service says of its own paths, and writes it to
 * services/gateway/openapi/openapi.json. `--check` writes nothing and fails where the committed document differs.
 * Reads the build: run `npm run build` before.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const committed = fileURLToPath(new URL('../services/gateway/openapi/openapi.json', import.meta.url));

/** @param {string} file below services/ */
async function built(file) {
  try {
    return await import(new URL(`../services/${file}`, import.meta.url).href);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      fail(`services/${file} could not be loaded: run \`npm run build\` first. (${error.message})`);
    }
    throw error;
  }
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

const [{ createPlatformDocument }, { routeTable }, gateway, accounts, activity] = await Promise.all([
  built('gateway/dist/openapi/document.js'),
  built('gateway/dist/routes.js'),
  built('gateway/dist/openapi/paths.js'),
  built('accounts/dist/http/openapi.js'),
  built('activity/dist/http/openapi.js'),
]);

/** @type {string} */
let text = '';
try {
  const paths = { gateway: gateway.paths, accounts: accounts.paths, activity: activity.paths };
  text = `${JSON.stringify(createPlatformDocument(paths, routeTable), null, 2)}\n`;
} catch (error) {
  fail(`The OpenAPI document cannot be made: ${error instanceof Error ? error.message : String(error)}`);
}

if (!process.argv.includes('--check')) {
  writeFileSync(committed, text);
  console.log('services/gateway/openapi/openapi.json is written.');
} else if (readFileSync(committed, 'utf8') !== text) {
  fail('services/gateway/openapi/openapi.json differs from the schemas: run `node scripts/openapi.mjs` and commit it.');
}
