import { describe, expect, it } from '@jest/globals';
import { createCursors } from '../requests.js';

const cursors = createCursors(['first-secret-first-secret-first-1']);

describe('createCursors', () => {
  it('returns the position from which the cursor was made', () => {
    expect(cursors.decode('entries:a', cursors.encode('entries:a', { sequence: 7 }))).toEqual({ sequence: 7 });
  });

  it.each([
    ['another list', (cursor: string) => cursors.decode('entries:b', cursor)],
    ['a changed byte', (cursor: string) => cursors.decode('entries:a', `${cursor.slice(0, -2)}AA`)],
    ['an empty text', () => cursors.decode('entries:a', '')],
    ['another spelling of the same bytes', (cursor: string) => cursors.decode('entries:a', `${cursor}=`)],
    ['a plain position', () => cursors.decode('entries:a', Buffer.from('{"sequence":7}').toString('base64url'))],
  ])('refuses %s, naming the field', (_, decode) => {
    const cursor = cursors.encode('entries:a', { sequence: 7 });
    expect(() => decode(cursor)).toThrow(
      expect.objectContaining({ code: 'invalid_request', errors: [expect.objectContaining({ path: 'cursor' })] }),
    );
  });

  it('verifies with the old secret after a new secret was put in front', () => {
    const rotated = createCursors(['second-secret-second-secret-second', 'first-secret-first-secret-first-1']);
    expect(rotated.decode('entries:a', cursors.encode('entries:a', 1))).toBe(1);
  });
});
