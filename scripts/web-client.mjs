// @ts-check
/**
 * Writes what the web interface knows of the API out of the committed OpenAPI document: the types of its client and the limits of its forms.
 * `--check` writes nothing and fails where a committed file differs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { root } from './platform/root.mjs';

const web = join(root, 'services/web');
// A dependency of the web interface alone, so it is looked up from there.
const generator = createRequire(join(web, 'package.json')).resolve('openapi-typescript');
const { default: openapiTypescript, astToString } = await import(
  pathToFileURL(generator.replace(/\.cjs$/, '.mjs')).href
);

const document = JSON.parse(readFileSync(join(root, 'services/gateway/openapi/openapi.json'), 'utf8'));
const files = {
  'src/api/schema.d.ts': `/** Written by \`npm run openapi\` out of the OpenAPI document. */\n\n${astToString(await openapiTypescript(document))}`,
  'src/api/limits.ts': limitsModule(),
};

const checking = process.argv.includes('--check');
for (const [file, text] of Object.entries(files)) {
  if (!checking) {
    writeFileSync(join(web, file), text);
    console.log(`services/web/${file} is written.`);
  } else if (readFileSync(join(web, file), 'utf8') !== text) {
    console.error(`services/web/${file} differs from the OpenAPI document: run \`npm run openapi\` and commit it.`);
    process.exitCode = 1;
  }
}

/** The bounds of what people type, each taken from the operation that takes it. */
function limitsModule() {
  const fields = {
    email: bodyOf('/v1/users').email,
    password: bodyOf('/v1/users').password,
    displayName: bodyOf('/v1/users').displayName,
    accountName: bodyOf('/v1/accounts').name,
    amount: bodyOf('/v1/transfers').amount,
    memo: bodyOf('/v1/transfers').memo,
  };
  const lines = Object.entries(fields).map(([name, schema]) => {
    const bounds = ['minLength', 'maxLength', 'minimum', 'maximum'].filter((key) => schema[key] !== undefined);
    return `  ${name}: { ${bounds.map((key) => `${key}: ${schema[key]}`).join(', ')} },`;
  });
  return `/** Written by \`npm run openapi\` out of the OpenAPI document. */\nexport const limits = {\n${lines.join('\n')}\n} as const;\n`;
}

/** @param {string} path */
function bodyOf(path) {
  return document.paths[path].post.requestBody.content['application/json'].schema.properties;
}
