/** npm run build: installs missing packages, compiles changed files, and builds the web interface. */
import { buildWeb } from '../start/build-web.ts'; // fork:remove web
import { build, install } from '../start/install.ts';
import { runCommand } from '../terminal.ts';

await runCommand(async () => {
  await install();
  await Promise.all([
    build(),
    buildWeb(), // fork:remove web
  ]);
});
