// @ts-check
import { Refusal, progress } from '../../platform/src/terminal.ts';

/**
 * Ctrl-C, SIGTERM and a closed terminal end what is under way; going back is not interrupted by them.
 * @returns {{ signal: AbortSignal, close(): void }}
 */
export function listenForInterruption() {
  const controller = new AbortController();
  /** @param {NodeJS.Signals} name */
  const onSignal = (name) => {
    if (controller.signal.aborted) return;
    progress(`${name}: ending; what served before goes on`);
    controller.abort(new Refusal(`The deploy was interrupted by ${name}.`));
  };
  const names = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    close() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
