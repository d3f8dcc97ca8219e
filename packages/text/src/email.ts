import { normalized } from './normalized.js';

const CHARACTERS_MAX = 254;
/** Characters that end or change a host in a URL, where the domain would be cut off silently. */
const notOfADomain = /[\s/\\?#@:[\]%]/;

/**
 * The canonical form of an e-mail address: trimmed, NFC, lower case, the domain in ASCII (IDNA, as in browsers). A
 * text that is not an address is returned unchanged, so that validation refuses it.
 */
export function canonicalEmail(text: string): string {
  const address = normalized(text.trim(), 'NFC').toLowerCase();
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // Does not convert a long domain, because it is refused for its length.
  if (at < 1 || domain === '' || domain.length > CHARACTERS_MAX || isAscii(domain) || notOfADomain.test(domain))
    return address;
  const url = `http://${domain}`;
  return URL.canParse(url) ? `${address.slice(0, at)}@${new URL(url).hostname}` : address;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text); // eslint-disable-line no-control-regex -- the whole of ASCII
}
