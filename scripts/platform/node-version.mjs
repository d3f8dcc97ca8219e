// @ts-check
/** The first import of a script that may be run without bootstrap.mjs: an old Node.js gets a sentence instead of a syntax error. */
import { createRequire } from 'node:module';

const { isSupported, supported } = createRequire(import.meta.url)('../../node-version.cjs');

if (!isSupported(process.versions.node)) {
  console.error(
    'This is Node.js ' + process.versions.node + '. Mainstay needs ' + supported + ': use the npm script instead.',
  );
  process.exit(1);
}
