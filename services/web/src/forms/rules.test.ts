import { describe, expect, it } from '@jest/globals';
import {
  email as serverEmail,
  id as serverId,
  line as serverLine,
  newPassword as serverPassword,
} from '@mainstay/service/requests';
import { passwordMessages } from '@mainstay/text';
import { limits } from '../api/limits.js';
import { de } from '../strings/de.js';
import { en } from '../strings/en.js';
import { accountId, email, line, newPassword, optionalLine, refusedPassword } from './rules.js';

const isRight = (problem: string | undefined) => problem === undefined;

describe('the rules of form fields', () => {
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
    '\u200b',
    'a\u202eb',
    'e\u0301'.repeat(80),
    '🙂'.repeat(80),
    '🙂'.repeat(81),
  ])('accept a line if and only if the API accepts it: %j', (text) => {
    expect(isRight(line(limits.displayName)(text, en))).toBe(serverLine(80).safeParse(text).success);
  });

  it.each([
    '',
    'x',
    '019a3c1e-0b9c-7b60-8ac2-0a4bb0f0d1ab',
    '019A3C1E-0B9C-7B60-8AC2-0A4BB0F0D1AB',
    '019a3c1e-0b9c-4b60-8ac2-0a4bb0f0d1ab',
  ])('accept an account id if and only if the API accepts it: %j', (text) => {
    expect(isRight(accountId(text, en))).toBe(serverId.safeParse(text).success);
  });

  it('refuse an e-mail only if its form is wrong or it is too long', () => {
    expect(['ada@example.com', ' Ada@Example.com '].map((text) => email(text, en))).toEqual([undefined, undefined]);
    expect(email('ada@example', en)).toBe(en.fields.email);
    expect(email(`${'a'.repeat(250)}@example.com`, en)).toBe(en.fields.tooLong(254));
  });

  it.each(['ada@bücher.example', 'ada@bu\u0308cher.example', 'ada@example', 'ada@bü cher.example'])(
    'accept an international e-mail if and only if the API accepts it: %j',
    (text) => {
      expect(isRight(email(text, en))).toBe(serverEmail.safeParse(text).success);
    },
  );

  it.each([
    'correct horse battery',
    'fourteen chars',
    'e\u0301'.repeat(10),
    'abcdefgh12345678',
    'mainstay'.repeat(8),
    'x\ud800 correct horse battery',
    ' '.repeat(20),
    'x'.repeat(129),
  ])('accept a new password if and only if the API accepts it: %j', (text) => {
    expect(isRight(newPassword(text, en))).toBe(serverPassword.safeParse(text).success);
  });

  it('explain why the browser or the API refuses a password', () => {
    expect(newPassword('fourteen chars', en)).toBe(en.fields.tooShort(15));
    expect(newPassword('abcdefgh12345678', de)).toBe(de.fields.password.sequence);
    expect(newPassword('ada.lovelace@example.com', en, { email: 'ada.lovelace@example.com' })).toBe(
      en.fields.password.context,
    );
    const errors = [{ path: 'newPassword', message: passwordMessages.common }];
    expect(refusedPassword(errors, 'newPassword', de)).toBe(de.fields.password.common);
    expect(refusedPassword(errors, 'password', de)).toBeUndefined();
    expect(refusedPassword([{ path: 'password', message: 'is new' }], 'password', en)).toBe(en.errors.invalid_request);
  });

  it('accept an empty text in an optional field', () => {
    expect(optionalLine(limits.memo)(' ', en)).toBeUndefined();
    expect(optionalLine(limits.memo)('x'.repeat(141), en)).toBe(en.fields.tooLong(140));
  });
});
