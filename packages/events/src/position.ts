/** Converts a stream id to text that sorts in stream order: `1731234567890-3` → `001731234567890-0000000003`. */
export function positionOf(streamId: string): string {
  const [milliseconds, sequence] = partsOf(streamId);
  return `${milliseconds.padStart(15, '0')}-${sequence.padStart(10, '0')}`;
}

/** The lowest stream id above the given stream id. */
export function streamIdAfter(streamId: string): string {
  const [milliseconds, sequence] = partsOf(streamId);
  return `${milliseconds}-${String(BigInt(sequence) + 1n)}`;
}

function partsOf(streamId: string): [string, string] {
  const [milliseconds = '0', sequence = '0'] = streamId.split('-');
  return [milliseconds, sequence];
}
