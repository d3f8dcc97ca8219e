import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

export function clientAddress(): RequestHandler {
  return (req, _res, next) => {
    setClientAddress(req);
    next();
  };
}

/**
 * Sets `req.ip` to the client's canonical address, according to Express' setting `trust proxy`. Call this function
 * before code that reads `req.ip` or `req.protocol`.
 */
export function setClientAddress(req: Request): void {
  const forwarded = req.headers['x-forwarded-for'];
  let address: string | undefined;
  if (forwarded !== undefined) {
    req.headers['x-forwarded-for'] = chainOf(String(forwarded)).join(', ');
    address = parseAddress(req.ip ?? '');
  }
  address ??= parseAddress(req.socket.remoteAddress ?? '');
  Object.defineProperty(req, 'ip', { value: address, configurable: true, enumerable: true });
  // Set the protocol once, because Express would compute it at each use.
  Object.defineProperty(req, 'protocol', { value: req.protocol, configurable: true, enumerable: true });
}

/** The key by which limits count a client: an IPv4 address, or the /56 of an IPv6 address. */
export function addressGroupOf({ ip }: Pick<Request, 'ip'>): string {
  return ip === undefined ? 'unknown' : ipKeyGenerator(ip, GROUP_BITS);
}

const GROUP_BITS = 56;

/** Returns the canonical form of an IP address: `"[2001:DB8::1]:80"` → `2001:db8::1`. */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const written = text.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(written) ?? [];
  const address = bracketed ?? plain ?? written;
  if (isIPv4(address)) return bracketed === undefined ? address : undefined;
  if (!isIPv6(address)) return undefined;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return canonical.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Reads the header from its end up to an entry that is not an address. Returns the addresses in the header's order. */
function chainOf(header: string): string[] {
  const chain: string[] = [];
  for (const part of header.split(',').reverse()) {
    const address = parseAddress(part);
    if (address === undefined) break;
    chain.unshift(address);
  }
  return chain;
}
