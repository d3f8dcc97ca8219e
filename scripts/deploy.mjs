// @ts-check
/**
 * npm run deploy: puts a build into service under PM2, and leaves the running one alone until the new one has proved itself. docs/bare-metal.md
 *
 *   npm run deploy -- --base DIR                    builds HEAD of this checkout and deploys it
 *   npm run deploy -- --base DIR --ref v1.2.0       another commit
 *   npm run deploy -- --base DIR --from FOLDER      what was built elsewhere
 *   npm run deploy -- --base DIR --release ID       one that was deployed before: going back
 *   npm run deploy -- --base DIR --list             what there is to go back to
 */

import('./deploy/run-deploy.mjs').then(({ runDeploy }) => runDeploy(process.argv.slice(2)));
