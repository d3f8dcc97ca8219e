import { createHash } from 'node:crypto';

/** The identity of a keyed request: where it goes and what it says. The client chooses the key. */
export interface KeyedRequest {
  /** `POST /v1/transfers`: a key belongs to its caller on one route. */
  route: string;
  /** The concrete path, with ids. */
  path: string;
  key: string;
  body: object;
  /** On the clock of `performance.now()`: the end of the request's time. */
  beginBeforeMs?: number | undefined;
}

/** The first success of a keyed request: the sent reply, byte for byte. */
export interface StoredReply {
  status: number;
  location: string;
  body: string;
  isReplay: boolean;
}

/**
 * SHA-256 over method, path and the canonical JSON of the validated body, so that field order and spaces do not
 * matter.
 */
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
