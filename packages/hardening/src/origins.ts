import { getDomain } from 'tldts';

/** In the form of RFC 6454 (lower case, no default port); undefined if the text is not exactly an origin. */
export function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, href } = new URL(text);
  return origin !== 'null' && href === `${origin}/` ? origin : undefined;
}

/**
 * The site of an origin, as browsers compare it for SameSite cookies: scheme and registrable domain of the Public
 * Suffix List, or the whole host if it has none (localhost, an address). The port does not count.
 */
export function siteOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${getDomain(hostname, { allowPrivateDomains: true }) ?? hostname}`;
}
