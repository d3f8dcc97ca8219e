/** Returns the value at this share of the sorted values, such as the middle value for 0.5. NaN if there are no values. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
}

/** Returns the middle value. For an even count, returns the upper middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Groups items by name, in the order in which the names first appear. */
export function groupBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group) group.push(item);
    else groups.set(nameOf(item), [item]);
  }
  return groups;
}
