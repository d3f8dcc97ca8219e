// @ts-check
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024;
const TIMEOUT_MS = 300_000;
/** The first whose kustomize knows components and replacements as they are used here. */
const minorMin = 27;

/**
 * Why manifests cannot be rendered on this machine, in one sentence; undefined where they can.
 * @returns {Promise<string | undefined>}
 */
export async function kubectlProblem() {
  try {
    const { stdout } = await run('kubectl', ['version', '--client', '--output=json'], { timeout: TIMEOUT_MS });
    const { major, minor, gitVersion } = JSON.parse(stdout).clientVersion;
    if (Number(major) > 1 || Number.parseInt(minor, 10) >= minorMin) return undefined;
    return `kubectl here is ${gitVersion}; rendering manifests needs 1.${minorMin} or newer.`;
  } catch {
    return `kubectl is not installed, and nothing on npm renders kustomize: install kubectl 1.${minorMin} or newer to check the manifests.`;
  }
}

/**
 * @param {string[]} args
 * @param {{ input?: string }} [options] input: for its standard input
 * @returns {Promise<string>} what it prints
 * @throws Error with what it complains of
 */
export function kubectl(args, { input } = {}) {
  return new Promise((done, fail) => {
    const child = spawn('kubectl', args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: TIMEOUT_MS });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.length > OUTPUT_BYTES_MAX) child.kill();
    });
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.once('error', fail);
    child.once('close', (code) =>
      code === 0 ? done(output) : fail(new Error(complaint.trim() || `kubectl ended with ${code}`)),
    );
    child.stdin.on('error', () => {}); // it may end before it has read all; its exit code tells
    child.stdin.end(input ?? '');
  });
}
