// @ts-check
/**
 * Writes the rules of Prometheus from monitoring/src to where Prometheus and its operator read them.
 *
 *   npm run rules
 */
import { build } from './platform/setup.mjs';
import { writeFiles } from './platform/write-files.mjs';

await build('monitoring');
const { ruleFiles } = await import('../monitoring/dist/rules.js');
await writeFiles(ruleFiles());
