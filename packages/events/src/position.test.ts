import { describe, expect, it } from '@jest/globals';
import { positionOf, streamIdAfter } from './position.js';

describe('positionOf', () => {
  it('sorts as text in the order of the stream', () => {
    const ids = ['999-1', '1731234567890-2', '1731234567890-10', '1731234567891-0'];
    const positions = ids.map(positionOf);
    expect([...positions].sort()).toEqual(positions);
  });
});

describe('streamIdAfter', () => {
  it('is the next possible id', () => {
    expect(streamIdAfter('1731234567890-9')).toBe('1731234567890-10');
  });
});
