import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';

/** All current addresses of a host name. */
export type Lookup = (hostname: string) => Promise<string[]>;

/** The addresses of one host name, refreshed every few seconds while they are used. */
export interface Addresses {
  /**
   * The last known addresses, or a promise if none is known yet. The list is a new one only if it was resolved again.
   * @throws Error if the name has never been resolved
   */
  current(): string[] | Promise<string[]>;
  /** Reports that an address does not answer. Resolves the name again, unless the last result is very recent. */
  doubt(): void;
}

const FRESH_MS = 5_000;
/** DNS is queried at most once in this time, however many requests fail. */
const DOUBTFUL_FRESH_MS = 500;

/**
 * A name that cannot be resolved any more keeps its last addresses: a failed resolver is no reason to drop a running
 * service.
 */
export function createAddresses(hostname: string, lookup: Lookup = lookupAll): Addresses {
  // URL writes an IPv6 address in brackets.
  const address = hostname.replace(/^\[|\]$/g, '');
  let known: string[] | undefined = isIP(address) ? [address] : undefined;
  const isFixed = known !== undefined;
  let askedAtMs = -Infinity;
  let asking: Promise<string[]> | undefined;

  async function ask(): Promise<string[]> {
    askedAtMs = performance.now();
    const found = await lookup(hostname);
    if (found.length > 0) known = [...new Set(found)];
    if (!known) throw new Error(`${hostname} has no address`);
    return known;
  }

  function refresh(maxAgeMs: number): void {
    if (isFixed || performance.now() - askedAtMs < maxAgeMs) return;
    asking ??= ask().finally(() => (asking = undefined));
    // A waiting caller gets the error; otherwise the last addresses stay.
    asking.catch(() => undefined);
  }

  return {
    current() {
      refresh(known ? FRESH_MS : 0);
      return known ?? asking ?? ask();
    },
    doubt: () => refresh(DOUBTFUL_FRESH_MS),
  };
}

async function lookupAll(hostname: string): Promise<string[]> {
  return (await lookupName(hostname, { all: true })).map(({ address }) => address);
}
