// @ts-check
/** Scans by programs of others. Each leaves a SARIF file in reports/, which the workflow hands to GitHub, and fails on what is grave. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programImage } from '../../platform/src/images/named-images.ts';
import { root } from '../../platform/src/root.ts';
import { Refusal, progress } from '../../platform/src/terminal.ts';
import { imageNames, readTag } from './names.mjs';
import { ask, isThere, readArguments, show } from './tool.mjs';

const IGNORED = join(root, 'scripts/ci/trivy-ignore.yaml');
const GRAVE = new Set(['HIGH', 'CRITICAL']);

/** @typedef {{ Target: string, Vulnerabilities?: Found[], Misconfigurations?: Found[] }} Result of trivy */
/** @typedef {{ VulnerabilityID?: string, PkgName?: string, InstalledVersion?: string, FixedVersion?: string, ID?: string, Title?: string, Severity: string }} Found */

/** @param {string[]} args */
export async function scan(args) {
  const { word, values } = readArguments(args, ['tag'], { words: ['config', 'images', 'secrets'] });
  const reports = join(root, 'reports');
  await mkdir(reports, { recursive: true });
  if (word === 'secrets') return scanSecrets(reports);
  const grave = word === 'config' ? await scanConfig(reports) : await scanImages(reports, readTag(values.tag ?? 'dev'));
  if (grave.length > 0) throw new Refusal(`${grave.join('\n')}\n\n${grave.length} grave findings.`);
  progress(`Nothing grave was found in ${word}`);
}

/** @param {string} reports @returns {Promise<string[]>} */
async function scanConfig(reports) {
  const skipped = ['--skip-dirs', '**/node_modules', '--skip-dirs', '.data'];
  return trivy(reports, 'config', ['config', ...skipped, '--ignorefile', IGNORED], root);
}

/** @param {string} reports @param {string} tag @returns {Promise<string[]>} */
async function scanImages(reports, tag) {
  const all = [];
  for (const name of imageNames) {
    // What nobody has mended yet, no change here can mend; the next scan finds it mended.
    const how = ['image', '--scanners', 'vuln', '--ignore-unfixed', '--ignorefile', IGNORED];
    all.push(...(await trivy(reports, `image-${name}`, how, `mainstay/${name}:${tag}`)));
  }
  return all;
}

/**
 * @param {string} reports
 * @param {string} name of the report
 * @param {string[]} how
 * @param {string} what
 * @returns {Promise<string[]>} a sentence for each grave finding
 */
async function trivy(reports, name, how, what) {
  const [json, sarif] = [join(reports, `trivy-${name}.json`), join(reports, `trivy-${name}.sarif`)];
  await ask('trivy', [...how, '--quiet', '--format', 'json', '--output', json, what], {
    failure: `${what} could not be scanned`,
  });
  await ask('trivy', ['convert', '--quiet', '--format', 'sarif', '--output', sarif, json]);
  await writeFile(sarif, nameRuns(await readFile(sarif, 'utf8'), `trivy-${name}`));
  return graveFindings(JSON.parse(await readFile(json, 'utf8')));
}

/**
 * Gives the runs in a SARIF text a name, by which GitHub tells the reports of one program apart.
 * @param {string} text
 * @param {string} name
 */
export function nameRuns(text, name) {
  const log = JSON.parse(text);
  for (const run of log.runs) run.automationDetails = { id: `${name}/` };
  return JSON.stringify(log);
}

/**
 * @param {{ Results?: Result[] }} report of trivy
 * @returns {string[]} a sentence for each finding that is high or critical
 */
export function graveFindings({ Results = [] }) {
  return Results.flatMap(({ Target, Vulnerabilities = [], Misconfigurations = [] }) =>
    [...Vulnerabilities, ...Misconfigurations]
      .filter(({ Severity }) => GRAVE.has(Severity))
      .map((found) => `${found.Severity} ${Target}: ${describe(found)}`),
  );
}

/** @param {Found} found */
function describe({ VulnerabilityID, PkgName, InstalledVersion, FixedVersion, ID, Title }) {
  if (VulnerabilityID) return `${VulnerabilityID} in ${PkgName} ${InstalledVersion}, mended in ${FixedVersion}`;
  return `${ID} ${Title}`;
}

/** The whole history: what was committed once is known for ever. @param {string} reports */
async function scanSecrets(reports) {
  const how = ['git', '--redact', '--no-banner', '--report-format', 'sarif'];
  const failure = 'gitleaks found what looks like a secret, or could not run';
  if (await isThere('gitleaks', 'version')) {
    return show('gitleaks', [...how, '--report-path', join(reports, 'gitleaks.sarif'), root], { failure });
  }
  // Where no gitleaks is installed. Its own action wants a licence of organizations. As this user, or git refuses a repository that belongs to somebody else and the report belongs to root.
  const user = ['--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`];
  const mounts = ['--volume', `${root}:/source:ro`, '--volume', `${reports}:/reports`];
  const container = ['run', '--rm', '--network=none', ...user, ...mounts, programImage('gitleaks')];
  await show('docker', [...container, ...how, '--report-path', '/reports/gitleaks.sarif', '/source'], { failure });
}
