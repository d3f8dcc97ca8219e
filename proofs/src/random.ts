export interface Random {
  /** From 0 to below 1. */
  next: () => number;
  /** An integer from min to max, both included. */
  between: (min: number, max: number) => number;
  pick: <T>(list: readonly T[]) => T;
  /** Removes a random item from the list and returns it. */
  take: <T>(list: T[]) => T;
}

/** Random numbers that are the same for the same seed: mulberry32, by Tommy Ettinger. Not for secrets. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const at = <T>(list: readonly T[]) => {
    if (list.length === 0) throw new Error('The list is empty.');
    return between(0, list.length - 1);
  };
  return { next, between, pick: (list) => list[at(list)]!, take: (list) => list.splice(at(list), 1)[0]! };
}

/** Returns a list for `pick`. A name with the share 3 occurs three times in the list. */
export function mixOf<Name extends string>(shares: Record<Name, number>): Name[] {
  return Object.entries<number>(shares).flatMap(([name, share]) => Array<Name>(share).fill(name as Name));
}
