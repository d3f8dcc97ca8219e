import { createHash } from 'node:crypto';

/** What makes two keyed requests the same: where they go and what they say. The key itself is the client's. */
export interface KeyedRequest {
  /** `POST /v1/transfers`: a key is the caller's own on each route. */
  route: string;
  /** The concrete path, ids and all. */
  path: string;
  key: string;
  body: object;
  /** On the clock of `performance.now()`: when the request's time is over. */
  beginBeforeMs?: number | undefined;
}

/** The first success of a keyed request: what was sent, byte for byte. */
export interface StoredReply {
  status: number;
  location: string;
  body: string;
  isReplay: boolean;
}

/** SHA-256 over method, path and the canonical JSON of the validated body: field order and spaces do not make another request. */
export function fingerprintOf({ route, path, body }: KeyedRequest): Buffer {
  const method = route.split(' ', 1)[0] ?? '';
  return createHash('sha256')
    .update(`${method} ${path}\n${canonicalJson(body)}`)
    .digest();
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
