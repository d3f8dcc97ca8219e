import { normalized } from './normalized.js';

const CHARACTERS_MAX = 254;
/** With most of these characters, the URL parser would silently cut or change a domain. */
const notOfADomain = /[\s/\\?#@:[\]%]/;

/**
 * Returns the canonical e-mail address: `Ada@BÜCHER.example` → `ada@xn--bcher-kva.example`. Does not validate the
 * address.
 */
export function canonicalEmail(text: string): string {
  const address = normalized(text.trim(), 'NFC').toLowerCase();
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at < 1 || domain === '' || domain.length > CHARACTERS_MAX || isAscii(domain) || notOfADomain.test(domain))
    return address;
  const url = `http://${domain}`;
  return URL.canParse(url) ? `${address.slice(0, at)}@${new URL(url).hostname}` : address;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text); // eslint-disable-line no-control-regex -- the whole of ASCII
}
