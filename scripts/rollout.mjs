// @ts-check
/**
 * npm run rollout: brings a tag of the images into service on Kubernetes in one of three ways, and leaves what serves alone until the new build has proved itself.
 * docs/rollouts.md
 *
 *   npm run rollout -- rolling    --tag TAG --overlay NAME   pods replaced by and by; undone by itself on failure
 *   npm run rollout -- blue-green --tag TAG --overlay NAME   the other colour beside, verified, then switched to
 *   npm run rollout -- canary     --tag TAG --overlay NAME   a share of the pods; stays until promote or abort
 *   npm run rollout -- status | promote | abort --overlay NAME
 */

import('./rollout/run-rollout.mjs').then(({ runRollout }) => runRollout(process.argv.slice(2)));
