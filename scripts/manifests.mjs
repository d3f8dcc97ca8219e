// @ts-check
/**
 * Renders and checks every overlay and every component of k8s/:
 *
 *   npm run manifests                       schemas, house rules, network policies; no cluster
 *   npm run manifests -- --server           and a strict dry run by the API server of kubectl's current context, in a namespace made for it and removed again
 *   npm run manifests -- --write-schemas    takes the schemas of the kinds in use from that API server
 *
 * Exits with 1 where anything is wrong.
 */

import('./manifests/run-manifests.mjs').then(({ runManifests }) => runManifests(process.argv.slice(2)));
