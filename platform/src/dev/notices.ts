/** What the terminal shows of the logs of `npm run dev`. */
export interface Notices {
  /** Shows a line. While work runs, a warning is counted instead. */
  show(line: string): void;
  /** Runs work that causes warnings, and then shows one line for all of them. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createNotices(print: (line: string) => void): Notices {
  let running = 0;
  let warnings: string[] = [];
  return {
    show(line) {
      if (running > 0 && line.includes(': warn: ')) warnings.push(line);
      else print(line);
    },
    async during(work) {
      running += 1;
      try {
        return await work();
      } finally {
        running -= 1;
        if (running === 0 && warnings.length > 0) {
          const [first = ''] = warnings;
          print(warnings.length === 1 ? first : `${warnings.length} warnings during the restart, the first: ${first}`);
          warnings = [];
        }
      }
    },
  };
}
