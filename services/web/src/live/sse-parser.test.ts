import { describe, expect, it } from '@jest/globals';
import { createSseParser } from './sse-parser.js';

const stream = ': heartbeat\n\nid: 1\nevent: a\ndata: {"x":1}\n\nid: 2\n\nretry: 700\n\ndata: one\ndata: two\n\n';
const messages = [
  { id: '1', type: 'a', data: '{"x":1}' },
  { id: '2', type: 'message', data: 'one\ntwo' },
];

describe('an event stream', () => {
  it('gives its messages, and none for a block without data', () => {
    const parser = createSseParser();
    expect(parser.push(stream)).toEqual(messages);
    expect([parser.lastEventId, parser.retryMs]).toEqual(['2', 700]);
  });

  it.each(['\n', '\r\n', '\r'])('may be cut anywhere and end its lines by %j', (end) => {
    const parser = createSseParser();
    // One more character shows that a lone \r was the end of a line.
    const found = [...stream.replaceAll('\n', end), ':'].flatMap((character) => parser.push(character));
    expect(found).toEqual(messages);
  });

  it('changes its id by complete blocks only, so that a cut event arrives again', () => {
    const parser = createSseParser('1');
    expect(parser.push('id: 2\nevent: a\ndata: {"x"')).toEqual([]);
    expect(parser.lastEventId).toBe('1');
  });

  it('ignores unknown fields', () => {
    const parser = createSseParser('1');
    expect(parser.push('\uFEFFcolour: red\nid: a\0b\nretry: soon\nevent\ndata\n\n')).toEqual([
      { id: '1', type: 'message', data: '' },
    ]);
  });
});
