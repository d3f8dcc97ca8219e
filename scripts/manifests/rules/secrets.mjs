// @ts-check
import { nameOf, ofKind } from '../objects.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */
/** @typedef {import('../objects.mjs').Workload} Workload */

const looksSecret =
  /-----BEGIN [A-Z ]*PRIVATE KEY|\b[a-z+]+:\/\/[^\s/:@"']*:[^\s/@"'$<{]+@|\b(AKIA|ghp_|hvs\.)[A-Za-z0-9]{12,}/;

/**
 * No manifest holds a secret; a pod reads its own as files, and each file that a setting names is one that docker/compose/secret-files.mjs makes for that reader.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function secrets({ objects, workloads, secretFiles }) {
  return [
    ...ofKind(objects, 'Secret').map(
      (secret) => `${nameOf(secret)}: Secrets are made in the cluster, never written down`,
    ),
    ...objects
      .filter((object) => looksSecret.test(JSON.stringify(object)))
      .map((object) => `${nameOf(object)}: holds what looks like a secret`),
    ...workloads.flatMap((workload) => [
      ...foreignSecrets(workload, secretFiles),
      ...unmadeFiles(workload, secretFiles),
      ...secretsInEnvironment(workload),
    ]),
  ];
}

/**
 * @param {Workload} workload
 * @param {Record<string, { files: Record<string, string> }>} secretFiles
 */
function foreignSecrets({ object, name, pod }, secretFiles) {
  const allowed =
    name === 'migrate' ? ['migrate-secrets', 'roles-secrets'] : name === 'bootstrap' ? ['vault'] : [`${name}-secrets`];
  return (pod.volumes ?? []).flatMap((/** @type {any} */ { secret }) => {
    if (!secret) return [];
    if (!allowed.includes(secret.secretName))
      return [`${nameOf(object)}: mounts ${secret.secretName}, which is not its own`];
    const reader = secret.secretName.replace(/-secrets$/, '');
    if (name !== 'bootstrap' && !secretFiles[reader]) return [`${nameOf(object)}: nobody makes ${secret.secretName}`];
    return [];
  });
}

/**
 * @param {Workload} workload
 * @param {Record<string, { files: Record<string, string> }>} secretFiles
 */
function unmadeFiles({ object, name, containers }, secretFiles) {
  const text = JSON.stringify(containers.map(({ env, args, command }) => ({ env, args, command })));
  const made = Object.keys({ ...secretFiles[name]?.files, ...(name === 'migrate' ? secretFiles['roles']?.files : {}) });
  return [...text.matchAll(/(?<!\/var)\/run\/secrets\/([a-z.-]+)/g)]
    .filter(([, file]) => !made.includes(file ?? ''))
    .map(([path]) => `${nameOf(object)}: nobody makes ${path}`);
}

/** @param {Workload} workload */
function secretsInEnvironment({ object, containers }) {
  return containers
    .flatMap(({ env = [] }) => env)
    .filter(({ valueFrom }) => valueFrom?.secretKeyRef)
    .map(({ name }) => `${nameOf(object)}: ${name} is a secret in the environment; let NAME_FILE point at a file`);
}
