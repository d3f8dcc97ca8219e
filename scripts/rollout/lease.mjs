// @ts-check
/** One roll-out at a time in a namespace: a Lease, which a holder that was killed loses by not renewing it. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { Refusal } from '../../platform/src/terminal.ts';
import { KubectlError } from './kubectl.mjs';

const NAME = 'mainstay-rollout';
const DURATION_S = 30;
const RENEW_MS = 8_000;

/** @typedef {import('./kubectl.mjs').Kubectl} Kubectl */
/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */

/**
 * Takes the lease and keeps it until it is released.
 * @param {Kubectl} kubectl
 * @param {{ lost: (error: Error) => void }} options lost: told when somebody else has it, which happens only after this process slept for long
 * @returns {Promise<{ release(): Promise<void> }>}
 * @throws Refusal while somebody else holds it
 */
export async function takeLease(kubectl, { lost }) {
  const holder = `${userInfo().username}@${hostname()} ${randomUUID().slice(0, 8)}`;
  let lease = await take(kubectl, holder);
  let renewing = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing.then(async () => {
      try {
        lease = await kubectl.write('replace', renewed(lease, holder, Date.now()));
      } catch (error) {
        // An API server that is away for a moment takes nothing from us; another holder does.
        if (error instanceof KubectlError && error.isConflict) lost(new Refusal('Another roll-out took over.'));
      }
    });
  }, RENEW_MS);
  return {
    async release() {
      clearInterval(timer);
      await renewing;
      await kubectl.remove('lease', [NAME]);
    },
  };
}

/** @param {Kubectl} kubectl @param {string} holder @returns {Promise<KubeObject>} */
async function take(kubectl, holder) {
  const found = await kubectl.find('lease', NAME);
  const other = found && holderOf(found, Date.now());
  if (other) {
    throw new Refusal(
      `A roll-out is under way: ${other.name}, last heard of ${other.silentS} s ago. If it was killed, try again in ${DURATION_S - other.silentS} s.`,
    );
  }
  try {
    return await kubectl.write(found ? 'replace' : 'create', renewed(found ?? newLease(), holder, Date.now()));
  } catch (error) {
    if (error instanceof KubectlError && error.isConflict) {
      throw new Refusal('Another roll-out began in this very moment: look at it by status.', { cause: error });
    }
    throw error;
  }
}

/**
 * @param {KubeObject} lease
 * @param {number} nowMs
 * @returns {{ name: string, silentS: number } | undefined} undefined where nobody holds it any more
 */
export function holderOf({ spec }, nowMs) {
  const silentS = Math.max(0, Math.floor((nowMs - Date.parse(spec?.renewTime ?? 0)) / 1_000));
  if (!spec?.holderIdentity || silentS >= (spec.leaseDurationSeconds ?? DURATION_S)) return undefined;
  return { name: spec.holderIdentity, silentS };
}

/** @returns {KubeObject} */
function newLease() {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: NAME }, spec: {} };
}

/** @param {KubeObject} lease @param {string} holder @param {number} nowMs @returns {KubeObject} */
function renewed(lease, holder, nowMs) {
  const renewTime = new Date(nowMs).toISOString().replace('Z', '000Z'); // microseconds are asked for
  return { ...lease, spec: { ...lease.spec, holderIdentity: holder, leaseDurationSeconds: DURATION_S, renewTime } };
}
