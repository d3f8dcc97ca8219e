import { Refusal, progress } from '../terminal.ts';

/** Aborts the release on Ctrl-C, SIGTERM or SIGHUP. Later signals do not interrupt the return to the former release. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) return;
      progress(`${name}: going back. The former release keeps serving`);
      controller.abort(new Refusal(`The release was interrupted by ${name}.`));
    });
  return controller.signal;
}
