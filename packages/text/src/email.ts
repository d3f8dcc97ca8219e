/** Characters that end or change a host in a URL, where the domain would be cut off without a word. */
const notOfADomain = /[\s/\\?#@:[\]%]/;

/**
 * The one spelling of an e-mail address: trimmed, in the form NFC, in lower case, its domain in ASCII (IDNA, as browsers do it).
 * What is not an address comes back as it is, for its validation to refuse.
 */
export function canonicalEmail(text: string): string {
  const address = text.trim().normalize('NFC').toLowerCase();
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at < 1 || domain === '' || isAscii(domain) || notOfADomain.test(domain)) return address;
  const url = `http://${domain}`;
  return URL.canParse(url) ? `${address.slice(0, at)}@${new URL(url).hostname}` : address;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text); // eslint-disable-line no-control-regex -- the whole of ASCII
}
