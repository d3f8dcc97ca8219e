/**
 * What single replies say about the whole page: that nobody is signed in any more, and that too much was asked.
 * The page listens in one place for each; whoever makes a call need not know.
 */
const target = new EventTarget();

export function announceSignedOut(): void {
  target.dispatchEvent(new Event('signed-out'));
}

export function announceRateLimit(until: number): void {
  target.dispatchEvent(new CustomEvent('rate-limited', { detail: until }));
}

/** @returns what ends the listening */
export function onSignedOut(listener: () => void): () => void {
  target.addEventListener('signed-out', listener);
  return () => target.removeEventListener('signed-out', listener);
}

/** The listener gets the time, in milliseconds since the epoch, from which asking is of use again. @returns what ends the listening */
export function onRateLimit(listener: (until: number) => void): () => void {
  const heard = (event: Event) => listener((event as CustomEvent<number>).detail);
  target.addEventListener('rate-limited', heard);
  return () => target.removeEventListener('rate-limited', heard);
}
