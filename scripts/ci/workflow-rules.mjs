// @ts-check
/** House rules of .github/workflows that actionlint does not know. */
import { parse } from 'yaml';

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
/** More shell belongs into a command of the repository. */
const SHELL_LINES_MAX = 10;

/** All that may run in a job that can get a token of OIDC: its token is good for every step of the job. */
const BESIDE_A_TOKEN = [
  /^(actions\/(checkout|setup-node|download-artifact|attest)|docker\/login-action|sigstore\/cosign-installer)@/,
  /^npm ci --ignore-scripts$/,
  /^npm run (pipeline -- (sign|kubeconfig)|release -- kubernetes)( ([\w./-]+|"\$[A-Z]+"))*$/,
  /^node scripts\/ci\/play-story\.mjs "\$URL"$/,
];

/** @typedef {{ uses?: string, run?: string, with?: Record<string, unknown> }} Step */
/** @typedef {{ uses?: string, 'timeout-minutes'?: unknown, permissions?: unknown, steps?: Step[] }} Job */

/**
 * @param {string} file
 * @param {string} text of a workflow
 * @param {string} unpinned the page that lists what is pinned by a tag only, as `owner/name@v1`
 * @returns {string[]} one sentence a breach
 */
export function breachesOfWorkflow(file, text, unpinned) {
  /** @type {{ on: unknown, permissions?: unknown, concurrency?: unknown, jobs: Record<string, Job> }} */
  const workflow = parse(text);
  const breaches = text.split('\n').flatMap((line) => {
    const used = /^\s*(?:- )?uses: (.*)$/.exec(line)?.[1];
    if (used === undefined || used.startsWith('./') || PINNED.test(used) || unpinned.includes(`\`${used}\``)) return [];
    return [`${used} is neither pinned to a commit with its tag beside it nor listed in docs/pipeline.md`];
  });
  if (JSON.stringify(workflow.permissions) !== '{}') breaches.push('the workflow begins with permissions');
  if (JSON.stringify(workflow.on).includes('pull_request_target'))
    breaches.push('it runs what a stranger wrote, with rights');
  if (!workflow.concurrency && !Object.values(workflow.jobs).every((job) => 'concurrency' in job)) {
    breaches.push('it has no concurrency group');
  }
  for (const [name, job] of Object.entries(workflow.jobs)) breaches.push(...breachesOfJob(name, job));
  return breaches.map((breach) => `${file}: ${breach}`);
}

/** @param {string} name @param {Job} job */
function breachesOfJob(name, job) {
  const breaches = [];
  if (job.permissions === undefined || typeof job.permissions === 'string')
    breaches.push(`${name} names no permissions`);
  if (!job.uses && typeof job['timeout-minutes'] !== 'number') breaches.push(`${name} has no timeout-minutes`);
  for (const { uses = '', run, with: given = {} } of job.steps ?? []) {
    if (uses.startsWith('actions/checkout@') && given['persist-credentials'] !== false) {
      breaches.push(`${name} leaves its token in the checkout`);
    }
    if (run === 'npm ci' && mayWrite(job.permissions))
      breaches.push(`${name} runs install scripts in a job that can get a credential: npm ci --ignore-scripts`);
    if (run?.includes('${{')) breaches.push(`${name} puts an expression into a shell: pass it as a variable`);
    if (Number(run?.trim().split('\n').length) > SHELL_LINES_MAX)
      breaches.push(`${name} has more than ${SHELL_LINES_MAX} lines of shell`);
    if (mayGetToken(job.permissions) && !BESIDE_A_TOKEN.some((known) => known.test(run ?? uses))) {
      breaches.push(`${name} runs ${run ?? uses} beside a token of OIDC, which needs a job of its own`);
    }
  }
  return breaches;
}

/** @param {unknown} permissions of a job: any right to write, to a token of OIDC too @returns {boolean} */
function mayWrite(permissions) {
  return Object.values(permissions ?? {}).includes('write');
}

/** @param {unknown} permissions of a job @returns {boolean} */
function mayGetToken(permissions) {
  return /** @type {Record<string, string>} */ (permissions ?? {})['id-token'] === 'write';
}

/**
 * The commands of a workflow.
 * @param {string} text
 * @returns {string[]}
 */
export function commandsOf(text) {
  /** @type {{ jobs: Record<string, Job> }} */
  const { jobs } = parse(text);
  return Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
}

/**
 * What is suppressed without an end or a reason, or for longer than half a year, in the text of a suppression file of Dependency-Check.
 * @param {string} text
 * @param {Date} now
 * @returns {string[]} one sentence a breach
 */
export function breachesOfSuppressions(text, now) {
  const code = text.replaceAll(/<!--[^]*?-->/g, '');
  return [...code.matchAll(/<suppress\b([^>]*)>([^]*?)<\/suppress>/g)].flatMap(
    ([, attributes = '', body = ''], index) => {
      const until = Date.parse(/\buntil="([^"]*)"/.exec(attributes)?.[1] ?? '');
      const daysLeft = (until - now.getTime()) / 86_400_000;
      const breaches = [];
      if (!/<notes>[^]*\S{3}[^]*<\/notes>/.test(body)) breaches.push('says no reason');
      if (!(daysLeft > 0)) breaches.push('has no day on which it ends, or is past it');
      if (daysLeft > 184) breaches.push('ends in more than half a year');
      return breaches.map((breach) => `suppression ${index + 1} ${breach}`);
    },
  );
}
