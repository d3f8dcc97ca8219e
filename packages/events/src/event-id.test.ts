import { describe, expect, it } from '@jest/globals';
import { idFloor, instantOfId, newEventId } from './event-id.js';

describe('event ids', () => {
  it('contain the millisecond of their creation', () => {
    expect(instantOfId('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toEqual(new Date('2022-02-22T19:22:22.000Z'));
  });

  it('sort after the floor of their millisecond and before the floor of the next millisecond', () => {
    const id = newEventId();
    const at = instantOfId(id).getTime();
    expect(idFloor(new Date(at)) < id).toBe(true);
    expect(id < idFloor(new Date(at + 1))).toBe(true);
  });
});
