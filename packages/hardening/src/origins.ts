import { getDomain } from 'tldts';

/** `https://Shop.example:443` → `https://shop.example`; undefined for a text with a path (RFC 6454). */
export function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, href } = new URL(text);
  return origin !== 'null' && href === `${origin}/` ? origin : undefined;
}

/** The site of an origin, as in SameSite cookies: `https://a.example.co.uk:8443` → `https://example.co.uk`. */
export function siteOf(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${getDomain(hostname, { allowPrivateDomains: true }) ?? hostname}`;
}
