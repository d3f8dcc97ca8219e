// @ts-check
/**
 * Writes the rules of Prometheus from monitoring/src to where Prometheus and its operator read them.
 *
 *   npm run rules
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from './platform/root.mjs';
import { build } from './platform/setup.mjs';

await build('monitoring');
const { ruleFiles } = await import('../monitoring/dist/rules.js');
for (const [path, text] of ruleFiles()) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  console.log(path);
}
