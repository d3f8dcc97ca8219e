// @ts-check
/** What the scripts say on the terminal while they work: one line a step, with the seconds since they began. */

const startedAt = performance.now();
const STILL_AFTER_MS = 10_000;

/** @param {string} sentence */
export function progress(sentence) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  process.stderr.write(`${seconds} s  ${sentence.replaceAll('\n', '\n         ')}\n`);
}

/**
 * Says what is being done, and every 10 s that it still is.
 * @template T
 * @param {string} sentence
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function during(sentence, work) {
  progress(sentence);
  const reminder = setInterval(() => progress(`${sentence}: still at it`), STILL_AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(reminder);
  }
}

/** A failure that the user can mend: printed as its sentence, without a stack. */
export class Refusal extends Error {
  /** @override */
  name = 'Refusal';
}

/**
 * Runs a command's work. A failure is printed and ends the process with 1.
 * @param {() => Promise<number | void>} work resolves to the exit code, 0 when it says none
 */
export async function runCommand(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    const readable =
      error instanceof Error && ['Refusal', 'StartError', 'PortTakenError', 'StoresError'].includes(error.name);
    process.stderr.write(`\n${readable ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  }
}
