import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const everyMs = 1_000;
const pageBytes = 4_096;

interface Figures {
  shipped: number;
  dropped: number;
  waiting: number;
}

/** What a process has in memory, second by second. Linux. */
export function watchMemory(pid: () => number) {
  const samples: { atMs: number; mb: number }[] = [];
  const timer = setInterval(() => {
    const [, pages] = readFileSync(`/proc/${pid()}/statm`, 'utf8').split(' ');
    samples.push({ atMs: performance.now(), mb: (Number(pages) * pageBytes) / 1e6 });
  }, everyMs);
  return {
    /** The most that it had in a time. */
    peakMb: (fromMs: number, untilMs: number) =>
      Math.max(...samples.flatMap(({ atMs, mb }) => (atMs >= fromMs && atMs <= untilMs ? [mb] : []))),
    stop: () => clearInterval(timer),
  };
}

/** What became of its lines, as its own metrics say. */
export async function figuresOf(managementUrl: string): Promise<Figures> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  const sum = (name: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return { shipped: sum('logs_shipped_total'), dropped: sum('logs_dropped_total'), waiting: sum('logs_waiting') };
}

/** Lines of JSON in its log, which is its stdout. */
export async function countLines(file: string) {
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) if (line.startsWith('{')) lines += 1;
  return lines;
}
