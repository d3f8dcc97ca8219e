// @ts-check
import { Refusal, progress } from '../../platform/src/terminal.ts';

/**
 * Ctrl-C, SIGTERM, a closed terminal and a lost lease end what is under way; going back is not interrupted by them.
 * @returns {{ signal: AbortSignal, end(error: Error): void, close(): void }}
 */
export function listenForInterruption() {
  const controller = new AbortController();
  /** @param {NodeJS.Signals} name */
  const onSignal = (name) => {
    if (controller.signal.aborted) return;
    progress(`${name}: ending`);
    controller.abort(new Refusal(`The roll-out was interrupted by ${name}.`));
  };
  const names = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    end: (error) => controller.abort(error),
    close() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
