/** The last characters of an id, enough for a reader to tell ids apart. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}
