const startedAt = performance.now();
const REMIND_AFTER_MS = 10_000;

/** Prints a step of a command on stderr, with the seconds since the command began. */
export function progress(sentence: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  process.stderr.write(`${seconds} s  ${sentence.replaceAll('\n', '\n         ')}\n`);
}

/** Prints a sentence, and repeats it every 10 s until the work ends. */
export async function during<Value>(sentence: string, work: () => Promise<Value>): Promise<Value> {
  progress(sentence);
  const reminder = setInterval(() => progress(`${sentence}: still working`), REMIND_AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(reminder);
  }
}

/** A failure that the user can solve: its message is printed without a stack. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** Runs a command. The returned number becomes the exit code. If `work` fails, prints the error and exits with 1. */
export async function runCommand(work: () => Promise<number | undefined | void>): Promise<void> {
  try {
    process.exitCode = (await work()) ?? process.exitCode ?? 0;
  } catch (error) {
    // bootstrap.mjs catches this error, and prints whether packages or a build are missing.
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') throw error;
    const { message, stack } = error as Error;
    process.stderr.write(`\n${error instanceof Refusal ? message : stack}\n`);
    process.exitCode = 1;
  }
}
