import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidField } from '@mainstay/errors';
import type { z } from 'zod';

/**
 * Creates and verifies the signed cursors of lists. `list` names the list and its owner, for example
 * `entries:<account id>`.
 */
export interface Cursors {
  encode(list: string, position: unknown): string;
  /**
   * @throws AppError invalid_request naming `cursor`, if the cursor is forged, is broken or belongs to a different list
   */
  decode(list: string, cursor: string): unknown;
}

const MAC_BYTES = 16;

/**
 * Creates cursors. The first secret signs, and all secrets verify. To rotate, put a new secret in front.
 * @throws TypeError if `secrets` is empty
 */
export function createCursors(secrets: readonly string[]): Cursors {
  const [signingSecret] = secrets;
  if (signingSecret === undefined) throw new TypeError('cursors need a secret');
  return {
    encode(list, position) {
      const payload = Buffer.from(JSON.stringify(position));
      return Buffer.concat([mac(signingSecret, list, payload), payload]).toString('base64url');
    },
    decode(list, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const [given, payload] = [bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES)];
      const isOurs =
        given.length === MAC_BYTES && secrets.some((secret) => timingSafeEqual(mac(secret, list, payload), given));
      // Different texts can decode to equal bytes, so accept only the text that the server issued.
      if (!isOurs || bytes.toString('base64url') !== cursor)
        throw invalidField('cursor', 'is not a cursor of this list');
      return JSON.parse(payload.toString()) as unknown;
    },
  };
}

/**
 * Returns the position that the cursor contains. Returns undefined if no cursor is given, because the first page has no
 * cursor.
 * @throws AppError invalid_request naming `cursor`
 */
export function positionOf<Position>(
  cursors: Cursors,
  list: string,
  cursor: string | undefined,
  schema: z.ZodType<Position>,
): Position | undefined {
  return cursor === undefined ? undefined : schema.parse(cursors.decode(list, cursor));
}

/**
 * Returns the first `limit` items. Pass up to `limit + 1` items, because an item beyond the limit shows that a next
 * page exists.
 */
export function cutPage<Item>(
  items: readonly Item[],
  limit: number,
  cursorAfter: (last: Item) => string,
): { items: Item[]; nextCursor: string | null } {
  const page = items.slice(0, limit);
  const last = page.at(-1);
  return { items: page, nextCursor: items.length > limit && last !== undefined ? cursorAfter(last) : null };
}

function mac(secret: string, list: string, payload: Buffer): Buffer {
  return createHmac('sha256', secret).update(list).update('\0').update(payload).digest().subarray(0, MAC_BYTES);
}
