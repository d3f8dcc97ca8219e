/**
 * npm run generate: compiles, and writes every file that is generated from platform/src/services.ts, the schemas of the services, or monitoring/src.
 *
 *   npm run generate -- --check     compiles, does not write these files, and fails if one of them differs
 */
import { readSwitches } from '../options.ts';
import { build, install } from '../start/install.ts';
import { runCommand } from '../terminal.ts';

await runCommand(async () => {
  const { check } = readSwitches('check');
  await install();
  await build();
  const { generate } = await import('../generate/generate.ts');
  return generate({ check });
});
