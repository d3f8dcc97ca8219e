// @ts-check
/**
 * npm run pipeline -- STEP: what the workflows of .github do, step by step, on any machine. Without a step: which there are. docs/pipeline.md
 */

import('./ci/run-pipeline.mjs').then(({ runPipeline }) => runPipeline(process.argv.slice(2)));
