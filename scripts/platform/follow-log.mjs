// @ts-check
/** A service's log is a file of JSON lines; its warnings and errors are shown on the terminal too. */
import { open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 400;
/** A service in trouble may write thousands: as many are shown at a time, the rest is counted. */
const LINES_AT_ONCE_MAX = 5;

/**
 * Shows warnings and errors that are written to a log from now on.
 * @param {string} file
 * @param {(line: string) => void} show
 * @returns {() => Promise<void>} ends it
 */
export function followLog(file, show) {
  const ending = new AbortController();
  const following = follow(file, show, ending.signal);
  return async () => {
    ending.abort();
    await following;
  };
}

/**
 * `{"level":"warn","message":"…"}` → `warn: …`. A line that is no JSON stays as it is.
 * @param {string} line
 */
export function readableLine(line) {
  const { level, message, error } = parsed(line);
  if (level === undefined) return line;
  const cause = typeof error === 'object' && error !== null && 'message' in error ? ` (${error.message})` : '';
  return `${level}: ${message}${cause}`;
}

/**
 * @param {string} file
 * @param {(line: string) => void} show
 * @param {AbortSignal} signal
 */
async function follow(file, show, signal) {
  let offset = (await sizeOf(file)) ?? 0;
  let rest = '';
  while (!signal.aborted) {
    await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    const size = (await sizeOf(file)) ?? 0;
    if (size < offset) offset = 0; // it was emptied
    if (size === offset) continue;
    const lines = `${rest}${await readFrom(file, offset, size)}`.split('\n');
    offset = size;
    rest = lines.pop() ?? '';
    const grave = lines.filter((line) => ['warn', 'error'].includes(String(parsed(line).level)));
    for (const line of grave.slice(0, LINES_AT_ONCE_MAX)) show(readableLine(line));
    if (grave.length > LINES_AT_ONCE_MAX) show(`… and ${grave.length - LINES_AT_ONCE_MAX} more in ${file}`);
  }
}

/**
 * @param {string} line
 * @returns {{ level?: string, message?: string, error?: unknown }}
 */
function parsed(line) {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

/** @param {string} file */
async function sizeOf(file) {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

/**
 * @param {string} file
 * @param {number} start
 * @param {number} end
 */
async function readFrom(file, start, end) {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
