/** Shortens an id to its last eight characters. Users can distinguish ids by these characters. */
export function shortId(id: string): string {
  return `…${id.slice(-8)}`;
}
