import { describe, expect, it } from '@jest/globals';
import { createSseParser } from './sse-parser.js';

const stream = ': heartbeat\n\nid: 1\nevent: a\ndata: {"x":1}\n\nid: 2\n\nretry: 700\n\ndata: one\ndata: two\n\n';
const messages = [
  { id: '1', type: 'a', data: '{"x":1}' },
  { id: '2', type: 'message', data: 'one\ntwo' },
];

describe('createSseParser', () => {
  it('returns the messages, and nothing for a block without data', () => {
    const parser = createSseParser();
    expect(parser.push(stream)).toEqual(messages);
    expect([parser.lastEventId, parser.retryMs]).toEqual(['2', 700]);
  });

  it.each(['\n', '\r\n', '\r'])('accepts text that is cut anywhere, with lines that end by %j', (end) => {
    const parser = createSseParser();
    // The parser needs one more character to recognise that a lone \r ended the line.
    const found = [...stream.replaceAll('\n', end), ':'].flatMap((character) => parser.push(character));
    expect(found).toEqual(messages);
  });

  it('changes the last id only after a complete block, so that the server sends a cut event again', () => {
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
