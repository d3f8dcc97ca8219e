import { describe, expect, it } from '@jest/globals';
import { canonicalEmail } from './index.js';

describe('an e-mail address', () => {
  it.each([
    [' Ada@Example.COM ', 'ada@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@例え。テスト', 'ada@xn--r8jz45g.xn--zckzah'],
  ])('%j has the canonical form %j', (text, expected) => {
    expect(canonicalEmail(text)).toBe(expected);
    expect(canonicalEmail(expected)).toBe(expected);
  });

  it.each([
    'nobody',
    '@bücher.example',
    'ada@',
    'ada@bü/cher.example',
    'ada@bü:80',
    'ada@bü#x.example',
    'ada@bü%2e',
    '',
  ])('leaves %j unchanged, so that validation refuses it', (text) => {
    expect(canonicalEmail(text)).toBe(text);
  });
});
