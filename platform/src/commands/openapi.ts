/**
 * npm run openapi: writes the OpenAPI document, the web interface's client of it, and the tables of settings. Compiles first.
 *
 *   npm run openapi -- --check     writes nothing, and fails if a committed file differs
 */
import { readSwitches } from '../options.ts';
import { build, install } from '../start/install.ts';
import { runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { check } = readSwitches('check');
  await install();
  await build();
  const { generateFromSchemas } = await import('../generate/generate-from-schemas.ts');
  return generateFromSchemas({ check });
});
