/**
 * Announces facts that concern the whole page: another session may be signed in, the user signs out, or a limit was
 * exceeded. The page listens to each in one place, so callers of the API need not handle them.
 */
const target = new EventTarget();

export function announceIdentityDoubt(): void {
  target.dispatchEvent(new Event('identity-doubt'));
}

export function announceRateLimit(until: number): void {
  target.dispatchEvent(new CustomEvent('rate-limited', { detail: until }));
}

/** The user ends the page's session. `ended` resolves when it has ended, and rejects when it continues. */
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
 * The listener gets the time after which requests may be sent again, on the clock of `steadyNow`.
 * @returns a function that ends the listening
 */
export function onRateLimit(listener: (until: number) => void): () => void {
  const heard = (event: Event) => listener((event as CustomEvent<number>).detail);
  target.addEventListener('rate-limited', heard);
  return () => target.removeEventListener('rate-limited', heard);
}
