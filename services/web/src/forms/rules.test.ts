import { describe, expect, it } from '@jest/globals';
import { line as serverLine, id as serverId } from '@mainstay/requests';
import { limits } from '../api/limits.js';
import { de } from '../strings/de.js';
import { en } from '../strings/en.js';
import { accountId, email, line, newPassword, optionalLine } from './rules.js';

const isRight = (problem: string | undefined) => problem === undefined;

describe('the rules of the forms', () => {
  it.each([
    '',
    '  ',
    'Ada',
    ' Ada ',
    'a'.repeat(80),
    'a'.repeat(81),
    'two\nlines',
    'tab\there',
    'Zoë 🙂',
    '\u2028',
    '\ud800',
  ])('take a line as the API does: %j', (text) => {
    expect(isRight(line(limits.displayName)(text, en))).toBe(serverLine(80).safeParse(text).success);
  });

  it.each([
    '',
    'x',
    '019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab',
    '019A3C1E-0B9C-7B60-8AC2-0A4BB0F0D1AB',
    '019a3c1e-0b9c-4b60-8ac2-0a4bb0f0d1ab',
  ])('take an account id as the API does: %j', (text) => {
    expect(isRight(accountId(text, en))).toBe(serverId.safeParse(text).success);
  });

  it('take what an e-mail may be, and leave the rest to the server', () => {
    expect(['ada@example.com', ' Ada@Example.com '].map((text) => email(text, en))).toEqual([undefined, undefined]);
    expect(email('ada@example', en)).toBe(en.fields.email);
    expect(email(`${'a'.repeat(250)}@example.com`, en)).toBe(en.fields.tooLong(254));
  });

  it('take a password by its length alone, spaces and all', () => {
    expect(newPassword(' '.repeat(10), en)).toBeUndefined();
    expect(newPassword('123456789', en)).toBe(en.fields.tooShort(10));
    expect(newPassword('x'.repeat(129), de)).toBe(de.fields.tooLong(128));
  });

  it('let a message be left out', () => {
    expect(optionalLine(limits.memo)(' ', en)).toBeUndefined();
    expect(optionalLine(limits.memo)('x'.repeat(141), en)).toBe(en.fields.tooLong(140));
  });
});
