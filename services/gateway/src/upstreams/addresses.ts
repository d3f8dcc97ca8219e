import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Returns all current addresses of a host name. */
export type Lookup = (hostname: string) => Promise<string[]>;

/** The addresses of a host name. While requests use the addresses, the name is resolved again every five seconds. */
export interface Addresses {
  /**
   * Returns a promise until the name has been resolved for the first time. Afterwards, returns the same array until the
   * next resolution.
   * @throws Error as a rejection of the promise if the name does not resolve
   */
  current(): string[] | Promise<string[]>;
  /** Call this if an address does not respond. Resolves the name again, at most twice a second. */
  doubt(): void;
}

const FRESH_MS = 5_000;
/** After the first resolution, DNS is queried at most once in this time, even if many requests fail. */
const DOUBTFUL_FRESH_MS = 500;

/** If a resolution fails, requests use the previous addresses. */
export function createAddresses(hostname: string, lookup: Lookup = lookupAll): Addresses {
  // A URL has brackets around an IPv6 address.
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
    // Without this line, a rejection that no caller awaits would end the process.
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
