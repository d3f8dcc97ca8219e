// @ts-check
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readableLine } from '../../platform/src/start/follow-log.ts';

const READ_BYTES_MAX = 16 * 1024 * 1024; // of a busy gateway's access log, some ten seconds
const LINES_MAX = 5;

/** @typedef {import('./pm2-daemon.mjs').AppPlan} AppPlan */

/**
 * @param {AppPlan} app
 * @returns {Promise<Map<string, number>>} how long its log files are now
 */
export async function logSizes(app) {
  const files = [app.out_file, app.error_file].filter((file) => typeof file === 'string');
  const sizes = files.map(async (file) => {
    const path = resolve(String(app.cwd), file);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    return /** @type {const} */ ([path, size]);
  });
  return new Map(await Promise.all(sizes));
}

/**
 * The last warnings and errors that an app has logged since then, to be read by people; so are lines that are no JSON.
 * @param {AppPlan} app
 * @param {Map<string, number>} before
 */
export async function lastErrors(app, before) {
  const now = await logSizes(app);
  const texts = await Promise.all([...now].map(([file, size]) => readBetween(file, before.get(file) ?? 0, size)));
  // Workers that serve write to the same file: a line that is cut off at either end is one of theirs.
  const lines = texts
    .flatMap((text) => text.split('\n').slice(0, -1))
    .filter((line) => /^[^{]*$|"level":"(warn|error)"/.test(line));
  const grave = lines.filter((line) => line.trim() !== '').slice(-LINES_MAX);
  return grave.map((line) => `  ${readableLine(line).slice(0, 500)}`).join('\n');
}

/**
 * @param {string} file
 * @param {number} start
 * @param {number} end
 */
async function readBetween(file, start, end) {
  const from = Math.max(start, end - READ_BYTES_MAX);
  if (end <= from) return '';
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - from), 0, end - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
