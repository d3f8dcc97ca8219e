// @ts-check
/** npm run build: compiles what changed, and builds the web interface. */
import { buildWeb } from './platform/build-web.mjs';
import { build, install } from './platform/setup.mjs';
import { runCommand } from './platform/terminal.mjs';

await runCommand(async () => {
  await install();
  await build();
  await buildWeb();
});
