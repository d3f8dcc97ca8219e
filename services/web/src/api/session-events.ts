const target = new EventTarget();

export function announceIdentityDoubt(): void {
  target.dispatchEvent(new Event('identity-doubt'));
}

export function announceRateLimit(until: number): void {
  target.dispatchEvent(new CustomEvent('rate-limited', { detail: until }));
}

/** Announces that the user signs out. The promise `ended` rejects if the session may continue. */
export function announceSignOut(ended: Promise<void>): void {
  target.dispatchEvent(new CustomEvent('sign-out', { detail: ended }));
}

export function onSignOut(listener: (ended: Promise<void>) => void): void {
  target.addEventListener('sign-out', (event) => listener((event as CustomEvent<Promise<void>>).detail));
}

export function onIdentityDoubt(listener: () => void): void {
  target.addEventListener('identity-doubt', listener);
}

/**
 * Calls the listener when the platform limits the rate of requests. `until` is the time at which requests are allowed
 * again, on the clock of `steadyNow`.
 * @returns a function that removes the listener
 */
export function onRateLimit(listener: (until: number) => void): () => void {
  const heard = (event: Event) => listener((event as CustomEvent<number>).detail);
  target.addEventListener('rate-limited', heard);
  return () => target.removeEventListener('rate-limited', heard);
}
