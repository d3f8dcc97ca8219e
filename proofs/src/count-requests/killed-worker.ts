import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Line } from './steady-client.ts';

/** A file tells what had been counted a little before it was there. */
const writingMs = 250;

/**
 * When a worker last handed over what it had counted.
 * @param directory of the service's metrics
 */
export async function lastHandedOver(directory: string, pid: number) {
  const folder = (await readdir(directory)).find((name) => name.startsWith(`${pid}-`));
  if (folder === undefined) throw new Error(`worker ${pid} shares no metrics in ${directory}`);
  return (await stat(join(directory, folder, 'totals.json'))).mtimeMs;
}

/**
 * The most that a killed worker can have counted and not handed over: what the connections which broke with it had been answered since, and the request that each of them was waiting for.
 */
export function mostLostBy(lines: Set<Line>, { handedOverMs, killedMs }: { handedOverMs: number; killedMs: number }) {
  const broken = [...lines].filter(({ brokenAtMs }) => brokenAtMs !== undefined && brokenAtMs >= killedMs);
  const since = handedOverMs - writingMs;
  const answered = broken.reduce(
    (sum, { answeredAtMs }) => sum + answeredAtMs.filter((atMs) => atMs >= since).length,
    0,
  );
  return answered + broken.length;
}
