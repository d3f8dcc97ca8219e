import { steadyNow } from '../time/steady-now.js';

/** Resolves at `time` of `steadyNow`, or earlier when the browser goes online. Rejects when the signal aborts. */
export function waitUntil(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const finish = () => {
      clearTimeout(timer);
      globalThis.removeEventListener('online', finish);
      signal.removeEventListener('abort', finish);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(finish, Math.max(0, time - steadyNow()));
    globalThis.addEventListener('online', finish);
    signal.addEventListener('abort', finish);
  });
}
