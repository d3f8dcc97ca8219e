// @ts-check
/** Programs that a step runs: shown as they run, asked for what they print, and found. */
import { execFile, spawn } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { root } from '../../platform/src/root.ts';
import { Refusal } from '../../platform/src/terminal.ts';

const execute = promisify(execFile);
const OUTPUT_BYTES_MAX = 50_000_000;
/** Of a question; what is shown has the time limit of its job. */
const ANSWER_WITHIN_MS = 120_000;

/** @typedef {{ env?: NodeJS.ProcessEnv, failure?: string }} Options failure: the sentence, without its full stop */

/**
 * Runs a program in the root to its end. What it prints is seen at once.
 * @param {string} command
 * @param {string[]} args
 * @param {Options} [options]
 * @returns {Promise<void>}
 * @throws Refusal that names the program
 */
export function show(command, args, { env = process.env, failure = `${command} failed` } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => fail(notRun(command, error)));
    child.once('close', (code, signal) => {
      if (code === 0) done();
      else fail(new Refusal(`${failure} (${signal ?? `exit code ${code}`}).`));
    });
  });
}

/**
 * What a program prints to its standard output, without the last line break. 120 s at most.
 * @param {string} command
 * @param {string[]} args
 * @param {Options} [options]
 * @returns {Promise<string>}
 * @throws Refusal with what it said, and `output` to look into
 */
export async function ask(command, args, { env = process.env, failure = `${command} failed` } = {}) {
  try {
    const options = { cwd: root, env, timeout: ANSWER_WITHIN_MS, maxBuffer: OUTPUT_BYTES_MAX };
    return (await execute(command, args, options)).stdout.trimEnd();
  } catch (error) {
    if (isAbsent(error)) throw notRun(command, error);
    const { stderr = '', stdout = '' } = /** @type {{ stderr?: string, stdout?: string }} */ (error);
    throw Object.assign(new Refusal(`${stderr.trim() || stdout.trim()}\n\n${failure}.`.trim()), { output: stderr });
  }
}

/**
 * Whether a program can be run at all.
 * @param {string} command
 * @param {...string} args that make it end at once
 */
export async function isThere(command, ...args) {
  return execute(command, args, { timeout: ANSWER_WITHIN_MS }).then(
    () => true,
    (error) => !isAbsent(error),
  );
}

/**
 * Reads a step's arguments: `options` with a value each.
 * @template {string} Name
 * @param {string[]} args
 * @param {Name[]} options
 * @param {{ words?: string[] }} [first] one of which must come first
 * @returns {{ word: string, values: Partial<Record<Name, string>> }}
 * @throws Refusal that says what it takes
 */
export function readArguments(args, options, { words = [] } = {}) {
  const takes = [...(words.length > 0 ? [words.join(' or ')] : []), ...options.map((name) => `--${name}`)].join(', ');
  let read;
  try {
    read = parseArgs({
      args,
      options: Object.fromEntries(options.map((name) => [name, { type: /** @type {const} */ ('string') }])),
      allowPositionals: true,
    });
  } catch (error) {
    // Node.js goes on about positional arguments, of which there are none.
    const [reason] = String(error instanceof Error ? error.message : error).split('. ');
    throw new Refusal(`${reason?.replace(/\.$/, '')}. It takes ${takes || 'nothing'}.`);
  }
  const [word = '', ...more] = read.positionals;
  const isKnown = words.length === 0 ? word === '' : words.includes(word);
  if (!isKnown || more.length > 0) {
    throw new Refusal(`It takes ${takes || 'nothing'}, and not "${read.positionals.join(' ')}".`);
  }
  const empty = Object.entries(read.values).find(([, value]) => value === '');
  if (empty) throw new Refusal(`--${empty[0]} is empty.`);
  return { word, values: /** @type {Partial<Record<Name, string>>} */ (read.values) };
}

/** @param {unknown} error */
function isAbsent(error) {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES');
}

/** @param {string} command @param {unknown} error */
function notRun(command, error) {
  return new Refusal(isAbsent(error) ? `${command} is not installed here.` : `${command} cannot be run: ${error}.`);
}
