// @ts-check
/** The steps that all three ways have in common: what lies below the services, and the schema. */
import { setTimeout as delay } from 'node:timers/promises';
import { Refusal, during } from '../../platform/src/terminal.ts';

const MIGRATION_MS = 10 * 60_000;
const POLL_MS = 1_000;
/** A migration that fails so often fails for its own sake, and not because a store is still starting. */
const FAILURES_MAX = 4;

/** @typedef {import('./kubectl.mjs').Kubectl} Kubectl */
/** @typedef {import('./kubectl.mjs').KubeObject} KubeObject */

/**
 * Configuration, policies and stores; nothing that serves is touched: pods keep the configuration that they were started with.
 * @param {Kubectl} kubectl
 * @param {import('./objects.mjs').Plan} plan
 */
export async function applyFoundation(kubectl, { foundation }) {
  await during('Applying configuration and policies', async () => {
    const jobs = await kubectl.list('jobs');
    // A Job cannot be changed: one that has ended well stays, one that has not makes room.
    const isThere = (/** @type {KubeObject} */ { kind, metadata }) =>
      kind === 'Job' && jobs.some((job) => job.metadata.name === metadata.name && !hasCondition(job, 'Failed'));
    const failed = jobs.filter((job) => hasCondition(job, 'Failed')).map(({ metadata }) => metadata.name);
    const again = foundation.filter(({ kind, metadata }) => kind === 'Job' && failed.includes(metadata.name));
    for (const { metadata } of again) await kubectl.call(['delete', 'job', metadata.name], { isSafe: true });
    await kubectl.apply(foundation.filter((object) => !isThere(object)));
  });
}

/**
 * Expand only: the former build works on the new schema, until it is gone and after going back.
 * @param {Kubectl} kubectl
 * @param {import('./objects.mjs').Plan} plan
 * @param {AbortSignal} signal
 * @throws Refusal with what the Job said last
 */
export async function migrate(kubectl, { migrations }, signal) {
  for (const job of migrations) {
    const { name } = job.metadata;
    await during(`Migrating (Job ${name})`, async () => {
      const former = await kubectl.find('job', name);
      if (former && hasCondition(former, 'Complete')) return;
      if (former) await kubectl.call(['delete', 'job', name, '--wait=true'], { isSafe: true });
      await kubectl.apply([job]);
      await untilComplete(kubectl, name, signal);
    });
  }
}

/** @param {Kubectl} kubectl @param {string} name @param {AbortSignal} signal */
async function untilComplete(kubectl, name, signal) {
  const giveUpAt = performance.now() + MIGRATION_MS;
  for (;;) {
    signal.throwIfAborted();
    const job = await kubectl.find('job', name);
    if (job && hasCondition(job, 'Complete')) return;
    const hasFailed = !job || hasCondition(job, 'Failed') || (await failuresOf(kubectl, name)) >= FAILURES_MAX;
    if (hasFailed || performance.now() > giveUpAt) {
      const said = await kubectl.call(['logs', `job/${name}`, '--tail=15', '--all-containers']).catch(() => '');
      await kubectl.remove('job', [name]);
      const why = hasFailed ? 'failed' : `did not end within ${MIGRATION_MS / 60_000} minutes`;
      throw new Refusal(`${said.trim()}\n\nThe migration ${why}. No pod was replaced.`.trim());
    }
    await delay(POLL_MS);
  }
}

/** @param {Kubectl} kubectl @param {string} job */
async function failuresOf(kubectl, job) {
  const pods = await kubectl.list('pods', `batch.kubernetes.io/job-name=${job}`);
  const restarts = pods.flatMap(({ status }) => [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]);
  return restarts.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

/** @param {KubeObject} object @param {string} type */
export function hasCondition({ status }, type) {
  return (status?.conditions ?? []).some(
    (/** @type {{ type: string, status: string }} */ condition) =>
      condition.type === type && condition.status === 'True',
  );
}
