import { describe, expect, it } from '@jest/globals';
import { proseBreaches } from './plain-english.ts';

describe('the rules of Plain English', () => {
  it.each([
    ['Who is not signed in gets 401.', 'Who'],
    ['It is read again. Nobody waits for it.', 'Nobody'],
    ['What fails is tried again once.', 'What fails is'],
    ['That is no error.', 'is no error'],
    ['Faults are mended by hand.', 'mended'],
    ['The service has all it can do.', 'has all it can do'],
    ['The feed goes on after a break.', 'goes on'],
    ['Registers so many users.', 'so many'],
    ['Waits until the file is there.', 'is there'],
    ['Reports what became of the requests.', 'became of'],
    ['It takes half a record for none.', 'takes half a record for none'],
  ])('refuse %j', (sentence, found) => {
    const [breach = ''] = proseBreaches('docs/page.md', sentence);
    expect(breach).toContain(`docs/page.md:1: "${found}`);
  });

  it.each([
    'There is no such file.',
    'What is wrong?',
    'It is no longer used.',
    'Write `whoever` here.',
    'It listens on port 80.',
  ])('accept %j', (sentence) => expect(proseBreaches('docs/page.md', sentence)).toEqual([]));

  it('apply to comments, and not to the code', () => {
    const text = "const nobody = 'nobody'; // set by nobody\n/**\n * The caller,\n * whoever it is.\n */\n";
    expect(proseBreaches('example/page.ts', text)).toEqual([
      expect.stringContaining('example/page.ts:1: "nobody"'),
      expect.stringContaining('example/page.ts:3: "whoever"'),
    ]);
  });

  it('apply to the titles of tests', () => {
    const text = "  it('is told to nobody', () => undefined);\n  expect('nobody').toBe(1);\n";
    expect(proseBreaches('example/page.test.ts', text)).toEqual([expect.stringContaining('page.test.ts:1: "nobody"')]);
  });

  it('refuse a sentence of more than 40 words in the documentation, but not in a block of code', () => {
    const long = `${'word '.repeat(41)}.`;
    expect(proseBreaches('docs/page.md', `\n${long}`)).toEqual([expect.stringContaining('docs/page.md:2: 41 words')]);
    expect(proseBreaches('docs/page.md', `\`\`\`\n${long}\n\`\`\``)).toEqual([]);
  });
});
