import { Refusal, progress } from '../terminal.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts the current release on Ctrl-C, SIGTERM or a closed terminal. Later signals are ignored, so that they do not interrupt going back. */
export function listenForInterruption(): { signal: AbortSignal; close: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    progress(`${name}: going back. The former release keeps serving`);
    controller.abort(new Refusal(`The release was interrupted by ${name}.`));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    close() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
