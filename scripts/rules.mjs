// @ts-check
/**
 * Writes the rules of Prometheus from monitoring/src to where Prometheus and its operator read them.
 *
 *   npm run rules
 */
import { build } from '../platform/src/start/install.ts';
import { writeFiles } from '../platform/src/generate/write-files.ts';

await build('monitoring');
const { ruleFiles } = await import('../monitoring/dist/rules.js');
await writeFiles(ruleFiles());
