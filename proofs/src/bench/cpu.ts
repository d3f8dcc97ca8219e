import { readdirSync, readFileSync } from 'node:fs';
import type { SupervisedProcess } from '@mainstay/platform/processes/supervised-process';

/** Linux reports CPU time in hundredths of a second. */
const ticksPerSecond = 100;

interface Usage {
  parent: number;
  ticks: number;
}

/** Returns the CPU seconds of each process, including child processes. Linux only. */
export function cpuSeconds(parts: Record<string, SupervisedProcess>): Record<string, number> {
  const usages = new Map<number, Usage>();
  for (const name of readdirSync('/proc')) {
    const usage = /^\d+$/.test(name) ? readUsage(name) : undefined;
    if (usage) usages.set(Number(name), usage);
  }
  const total = (pid: number): number => {
    const children = [...usages].filter(([, { parent }]) => parent === pid);
    return (usages.get(pid)?.ticks ?? 0) + children.reduce((sum, [child]) => sum + total(child), 0);
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, total(part.pid() ?? -1) / ticksPerSecond]),
  );
}

/** Reads /proc/PID/stat (proc(5)). Returns undefined if the process has ended. */
function readUsage(pid: string): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, parent = 0, ...fields] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(9);
    return { parent, ticks: user + system + childrenUser + childrenSystem };
  } catch {
    return undefined;
  }
}
