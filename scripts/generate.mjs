// @ts-check
/** npm run openapi: writes the OpenAPI document, the web interface's client of it, and the tables of settings. Compiles first. */
import { build, install } from './platform/setup.mjs';
import { runCommand } from './platform/terminal.mjs';

await runCommand(async () => {
  await install();
  await build();
  for (const name of ['openapi', 'web-client', 'settings-tables']) await import(`./${name}.mjs`);
});
