// @ts-check
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { programImage } from '../../platform/src/images/named-images.ts';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';
import { isThere, readArguments, show } from './tool.mjs';

const PROGRAM = 'dependency-check.sh';
/** Critical and high. */
const FAILS_FROM_CVSS = '7';
const NVD_KEY = /^[0-9a-fA-F-]{36}$/;

/**
 * OWASP Dependency-Check over what package-lock.json brings to a service at run time: HTML and SARIF in reports/, exit code 1 from CVSS 7 on.
 * What was looked into and found harmless stands in dependency-check-suppressions.xml, with a reason and a date on which it is looked into again.
 * Its copy of the NVD is kept in ~/.cache; a key in NVD_API_KEY makes the first one a matter of minutes instead of hours.
 * @param {string[]} args none
 */
export async function dependencyCheck(args) {
  readArguments(args, []);
  // Without them it says nothing and finds nothing.
  if (!existsSync(join(root, 'node_modules'))) throw new Refusal('npm ci comes first: it looks at what is installed.');
  const reports = join(root, 'reports');
  const data = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mainstay/dependency-check');
  const secrets = await mkdtemp(join(tmpdir(), 'mainstay-nvd-'));
  try {
    for (const folder of [reports, data]) await mkdir(folder, { recursive: true });
    // A file, because everybody on the machine sees the arguments of a program.
    await writeFile(join(secrets, 'nvd.properties'), properties(process.env.NVD_API_KEY), { mode: 0o600 });
    const [command, ...prefix] = (await isThere(PROGRAM, '--version'))
      ? [PROGRAM]
      : container({
          '/src': `${root}:ro`,
          '/report': reports,
          '/usr/share/dependency-check/data': data,
          '/run/nvd': `${secrets}:ro`,
        });
    const places = command === PROGRAM ? { root, reports, data, secrets } : inContainer;
    await show(command ?? PROGRAM, [...prefix, ...checkArguments(places)], {
      failure: `Dependency-Check found something of CVSS ${FAILS_FROM_CVSS} or more, or could not run`,
    });
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
}

/** @typedef {{ root: string, reports: string, data: string, secrets: string }} Places */
/** @type {Places} */
const inContainer = { root: '/src', reports: '/report', data: '/usr/share/dependency-check/data', secrets: '/run/nvd' };

/** @param {Places} places @returns {string[]} */
export function checkArguments({ root: sources, reports, data, secrets }) {
  return [
    ...['--project', 'mainstay', '--scan', `${sources}/package-lock.json`],
    ...['--suppression', `${sources}/scripts/ci/dependency-check-suppressions.xml`],
    ...['--nodePackageSkipDevDependencies', '--nodeAuditSkipDevDependencies'],
    // Asks a service that wants an account.
    '--disableOssIndex',
    ...['--failOnCVSS', FAILS_FROM_CVSS, '--format', 'HTML', '--format', 'SARIF', '--out', reports],
    ...['--data', data, '--propertyfile', `${secrets}/nvd.properties`],
  ];
}

/**
 * @param {string | undefined} key
 * @returns {string} the text of a property file
 */
export function properties(key) {
  if (!key) return '';
  if (!NVD_KEY.test(key))
    throw new Refusal('NVD_API_KEY is no key of the NVD, which are 36 hexadecimal digits and dashes.');
  return `nvd.api.key=${key}\n`;
}

/** @param {Record<string, string>} mounts path in the container → place here */
function container(mounts) {
  const volumes = Object.entries(mounts).flatMap(([inside, outside]) => {
    const [place, mode] = outside.split(/:(?=ro$)/);
    return ['--volume', [place, inside, mode].filter(Boolean).join(':')];
  });
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return ['docker', 'run', '--rm', '--user', user, ...volumes, programImage('dependency-check')];
}
