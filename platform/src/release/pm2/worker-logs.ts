import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readableLine } from '../../start/follow-log.ts';
import type { AppPlan } from './app-plans.ts';

const READ_BYTES_MAX = 16 * 1024 * 1024; // about ten seconds of a busy gateway's access log
const LINES_MAX = 5;

/** The present lengths of the app's log files. */
export async function logSizes(app: AppPlan): Promise<Map<string, number>> {
  const files = [app.out_file, app.error_file].flatMap((file) => (file ? [resolve(app.cwd, file)] : []));
  const sizes = files.map(
    async (file) =>
      [
        file,
        await stat(file).then(
          ({ size }) => size,
          () => 0,
        ),
      ] as const,
  );
  return new Map(await Promise.all(sizes));
}

/**
 * The last warnings and errors that an app has logged since then, readable. Lines that are not JSON count as errors.
 */
export async function lastErrors(app: AppPlan, before: Map<string, number>): Promise<string> {
  const now = await logSizes(app);
  const texts = await Promise.all([...now].map(([file, size]) => readBetween(file, before.get(file) ?? 0, size)));
  // Old workers write to the same file, so an incomplete last line may be theirs.
  const lines = texts
    .flatMap((text) => text.split('\n').slice(0, -1))
    .filter((line) => line.trim() !== '' && /^[^{]*$|"level":"(warn|error)"/.test(line));
  return lines
    .slice(-LINES_MAX)
    .map((line) => `  ${readableLine(line).slice(0, 500)}`)
    .join('\n');
}

async function readBetween(file: string, start: number, end: number): Promise<string> {
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
