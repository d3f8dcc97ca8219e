import { lookup as lookupName } from 'node:dns/promises';
import { isIP } from 'node:net';

/** All addresses that a host name has now. */
export type Lookup = (hostname: string) => Promise<string[]>;

/** The addresses of one host name, known anew every few seconds while somebody asks. */
export interface Addresses {
  /** What was known last; waits only where nothing is known yet. @throws Error where the name has never been resolved */
  current(): Promise<string[]>;
  /** One of them does not answer: ask again, at once if the last answer is not brand-new. */
  doubt(): void;
}

const freshMs = 5_000;
/** However much fails, DNS is asked no more often. */
const doubtfulFreshMs = 500;

/** A name that cannot be resolved any more keeps its last addresses: a resolver that is down is no reason to drop a service that runs. */
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
    // Whoever waits for it hears of it; else the last addresses stand.
    asking.catch(() => undefined);
  }

  return {
    async current() {
      refresh(known ? freshMs : 0);
      return known ?? (await (asking ?? ask()));
    },
    doubt: () => refresh(doubtfulFreshMs),
  };
}

async function lookupAll(hostname: string): Promise<string[]> {
  return (await lookupName(hostname, { all: true })).map(({ address }) => address);
}
