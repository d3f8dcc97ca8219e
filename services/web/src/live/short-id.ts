/** Enough of an id to distinguish it from others by eye. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}
