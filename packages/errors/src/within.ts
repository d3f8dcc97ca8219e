/** The error of `within` for a promise that did not settle in time. */
export class TimeLimitError extends Error {
  override name = 'TimeLimitError';
}

/**
 * Returns the promise's result. The time limit does not stop the work behind the promise.
 * @throws TimeLimitError after `timeoutMs`
 */
export async function within<T>(promise: Promise<T>, timeoutMs: number, who = 'It'): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeLimitError(`${who} took longer than ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
