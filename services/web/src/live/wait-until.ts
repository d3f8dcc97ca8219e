import { steadyNow } from '../time/steady-now.js';

/**
 * Resolves at a time by `steadyNow`, or as soon as the browser is online again; rejects with the signal's reason.
 * Coming online is only a hint: it ends a wait and decides nothing.
 */
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
