import { normalized } from './normalized.js';

const CHARACTERS_MAX = 254;
/**
 * Characters that end or change the host of a URL. The URL parser would silently cut a domain at such a character.
 */
const notOfADomain = /[\s/\\?#@:[\]%]/;

/**
 * The canonical form of an e-mail address: trimmed, NFC, lower case, with the domain in ASCII (IDNA, as in browsers).
 * For text that is not an address, the domain is not converted, and validation refuses the text.
 */
export function canonicalEmail(text: string): string {
  const address = normalized(text.trim(), 'NFC').toLowerCase();
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // A long domain is not converted, because validation refuses it for its length.
  if (at < 1 || domain === '' || domain.length > CHARACTERS_MAX || isAscii(domain) || notOfADomain.test(domain))
    return address;
  const url = `http://${domain}`;
  return URL.canParse(url) ? `${address.slice(0, at)}@${new URL(url).hostname}` : address;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text); // eslint-disable-line no-control-regex -- the whole of ASCII
}
