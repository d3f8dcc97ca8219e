import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loggable } from './loggable.js';

const jwt = 'eyJhbGciOiJFZERTQSIsImtpZCI6ImExIn0.eyJzdWIiOiIwMTkifQ.c2lnbmF0dXJl-_x';
const textOf = (fields: Record<string, unknown>) => JSON.stringify(loggable(fields));

describe('loggable: secrets by name', () => {
  it.each([
    'password',
    'currentPassword',
    'newPassword',
    'PASSWORD',
    'passwordHash',
    'cookie',
    'Cookie',
    'set-cookie',
    'Set-Cookie',
    'authorization',
    'Proxy-Authorization',
    'token',
    'access_token',
    'csrfToken',
    'secret',
    'SESSION_SECRET',
    'cursorSecrets',
    'mainstay-identity',
    'mainstayIdentity',
    'identityPrivateKeys',
    'X-Api-Key',
  ])('redacts a field %s at any depth, whatever the value', (name) => {
    const text = textOf({
      [name]: 'hunter2',
      list: [{ deep: { [name]: ['hunter2'] } }, { [name]: { a: 'hunter2' } }],
      map: new Map([[name, 'hunter2']]),
      pin: { [name]: 4711 },
      rawHeaders: ['Host', 'localhost', name, 'hunter2'],
    });
    expect(text).not.toMatch(/hunter2|4711/);
    expect(text).toContain('localhost');
  });

  it('keeps booleans and names that only resemble a secret', () => {
    const fields = { token: false, password: null, tokenCount: 3, cookieless: 'yes', secretary: 'Ada' };
    expect(loggable(fields)).toEqual(fields);
  });
});

describe('loggable: secrets by shape', () => {
  it.each([
    ['a JWT', `refused ${jwt} twice`, 'refused [redacted] twice'],
    ['a JWT that was cut off', `refused ${jwt.slice(0, 45)}`, 'refused [redacted]'],
    ['a bearer string', 'got Bearer a1b2.c3 for it', 'got Bearer [redacted] for it'],
    ['basic credentials', 'Basic dXNlcjpwYXNz', 'Basic [redacted]'],
    [
      'a URL’s password',
      'cannot reach postgres://me:p@ss@db:5432/x',
      'cannot reach postgres://me:[redacted]@db:5432/x',
    ],
    ['a URL’s password without a user, after a slash', 'GET /://:hunter2@db', 'GET /://:[redacted]@db'],
    ['a password in JSON', 'near {"password": "hunter2", "a": 1}', 'near {"password": [redacted], "a": 1}'],
    ['a password in a form', 'email=a&password=hunter2&b=1', 'email=a&password=[redacted]&b=1'],
    ['a header', 'Cookie: a=1; b=2\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['a session id', 'mainstay.sid=s%3Aabc.def; Path=/', 'mainstay.sid=[redacted]; Path=/'],
    [
      'the value of a session cookie',
      'saw s:x7Zk0Qy1aWv_hT3-LmN9pR2sUe4Bd5Gf.Jq8c/3Xo+T5vYw1kPzLhM6nRb2sDg9eA0uIyCfQrEtU= there',
      'saw [redacted] there',
    ],
    [
      'the value of a session cookie in a URL',
      'saw s%3Ax7Zk0Qy1aWv_hT3-LmN9pR2sUe4Bd5Gf.Jq8c%2F3Xo%2BT5vYw1kPzLhM6nRb2sDg9eA there',
      'saw [redacted] there',
    ],
    ['a card', 'paid by 4111111111111111.', 'paid by [redacted].'],
    ['a card in groups', 'card 5500 0000 0000 0004, or 3782-822463-10005', 'card [redacted], or [redacted]'],
  ])('redacts %s inside a text', (_name, text, expected) => {
    expect(loggable({ text }).text).toBe(expected);
  });

  it('redacts secrets in an error’s message, stack and causes', () => {
    const cause = new Error(`inner ${jwt}`);
    const error = new Error('outer Bearer hunter2', { cause });
    const logged = loggable({ error }).error as Record<string, unknown>;
    expect(JSON.stringify(logged)).not.toMatch(/hunter2|eyJ/);
    expect(logged.stack).toMatch(/^Error: outer Bearer \[redacted\]\n\s+at /);
  });
});

describe('loggable: cards', () => {
  it.each([
    '4111111111111111',
    '5555-5555-5555-4444',
    '378282246310005',
    '6011 1111 1111 1117',
    // Diners Club: 300 to 305, 3095, 36, 38, 39.
    '30041852963071',
    '30569309025904',
    '30951852963071',
    '36741852963070',
    '38741852963078',
    '39741852963077',
    '3974-185296-3077',
    // The other networks, at the bounds of their ranges.
    '2221185296307414',
    '2720185296307410',
    '3528185296307412',
    '3589185296307418',
    '5018185296307414',
    '5974185296307416',
    '675918529630741856',
    '6274185296307418521',
    '8171185296307411',
    '8274185296307417',
    '9792185296307418',
    // UnionPay and Maestro, in the groups that are printed on a card.
    '6274 1852 9630 7418 521',
    '6759-1852-9630-7418-56',
  ])('redacts %s in a field of any name', (number) => {
    expect(loggable({ memo: `my ${number}`, list: [number] })).toEqual({
      memo: 'my [redacted]',
      list: ['[redacted]'],
    });
  });

  it('redacts a card number before other digits', () => {
    expect(loggable({ memo: '4111 1111 1111 1111 12' })).toEqual({ memo: '[redacted] 12' });
  });

  it('redacts a card number that is a JSON number', () => {
    expect(loggable({ pan: 4_111_111_111_111_111 })).toEqual({ pan: '[redacted]' });
  });

  it('keeps digits that are not a card number', () => {
    const fields = {
      wrongCheckDigit: '4111111111111112',
      milliseconds: '1764012345678',
      position: '1764012345674-0',
      id: '01a204d5-2898-4111-1111-111111111111',
      traceId: '41111111111111110000000000000000',
      version: '4111111111111111.2',
      balance: 9_007_199_254_740_991,
      amount: 1_000_000_000_000,
    };
    expect(loggable(fields)).toEqual(fields);
  });
});

describe('loggable: errors', () => {
  it('logs name, message, code and stack, through the chain of causes', () => {
    const inner = Object.assign(new TypeError('no socket'), { code: 'ECONNREFUSED', port: 5432 });
    const error = new Error('cannot post', { cause: new Error('no connection', { cause: inner }) });
    expect(loggable({ error }).error).toMatchObject({
      name: 'Error',
      message: 'cannot post',
      stack: expect.stringContaining('cannot post'),
      cause: { message: 'no connection', cause: { name: 'TypeError', code: 'ECONNREFUSED', port: 5432 } },
    });
  });

  it('logs an error of Node itself and each error of an AggregateError', () => {
    const aggregate = new AggregateError([new Error('::1'), new Error('127.0.0.1')], 'all failed');
    expect(loggable({ error: aggregate }).error).toMatchObject({
      errors: [{ message: '::1' }, { message: '127.0.0.1' }],
    });
    let failure: unknown;
    try {
      readFileSync('/nowhere');
    } catch (error) {
      failure = error;
    }
    expect(loggable({ error: failure }).error).toMatchObject({ code: 'ENOENT', path: '/nowhere', name: 'Error' });
  });

  it('omits the fields that drivers and parsers attach to their errors', () => {
    const error = Object.assign(new Error('refused'), {
      body: 'hunter2',
      command: { name: 'set', args: ['sess:1', 'hunter2'] },
      detail: 'Key (email)=(ada@example.com) already exists.',
      writeErrors: [{ document: 'hunter2' }],
    });
    expect(textOf({ error })).not.toMatch(/hunter2|ada@/);
  });

  it('stops at a cause that refers to itself', () => {
    const error = new Error('round');
    error.cause = error;
    expect(loggable({ error }).error).toMatchObject({ message: 'round', cause: '[circular]' });
  });
});

describe('loggable: any value', () => {
  it('cuts cycles but not repetitions', () => {
    const shared = { a: 1 };
    const round: Record<string, unknown> = { shared, again: shared };
    round.self = round;
    round.list = [round];
    expect(loggable({ round })).toEqual({
      round: { shared: { a: 1 }, again: { a: 1 }, self: '[circular]', list: ['[circular]'] },
    });
  });

  it('converts values that JSON cannot express', () => {
    const logged = loggable({
      big: 10n,
      nan: NaN,
      symbol: Symbol('s'),
      action: () => 1,
      bytes: Buffer.from('hunter2'),
      set: new Set([1]),
      when: new Date(0),
      url: new URL('http://u:hunter2@h/'),
      nothing: null,
    });
    expect(logged).toEqual({
      big: '10',
      nan: 'NaN',
      symbol: 'Symbol(s)',
      action: '[function]',
      bytes: '[7 bytes]',
      set: [1],
      when: '1970-01-01T00:00:00.000Z',
      url: 'http://u:[redacted]@h/',
      nothing: null,
    });
  });

  it('never throws, even if getters, toJSON or proxies throw', () => {
    const fail = () => {
      throw new Error('no');
    };
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const fields = Object.defineProperty({ json: { toJSON: fail }, proxy: revoked.proxy, ok: 1 }, 'got', {
      enumerable: true,
      get: fail,
    });
    expect(loggable(fields)).toEqual({
      json: '[unreadable]',
      proxy: '[unreadable]',
      ok: 1,
      got: '[unreadable]',
    });
  });

  it('bounds depth, width, length and work', () => {
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 50; level += 1) deep = { deep };
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, { a: { b: 1 } }]));
    const text = textOf({ deep, wide, again: { wide }, list: Array(100_000).fill('x'), long: 'x'.repeat(1_000_000) });
    expect(text.length).toBeLessThan(40_000);
    expect(text).toContain('(1000000 characters)');
  });

  it.each([
    ['eyJhbGciOiJF.eyJzdWIiOiIx.c2ln', '[redacted]'],
    ['token eyJa.eyJhbGciOiJF.eyJzdWIi.c2ln, and more', 'token eyJa.[redacted], and more'],
    ['eyJhbGciOiJF.a.b.c.d.example.com', '[redacted].example.com'],
    ['key-eyJhbGciOiJFZERTQSIsImtpZCI6', 'key-[redacted]'],
    ['a word with eyJ inside', 'a word with eyJ inside'],
  ])('removes a JWT from: %s', (text, redacted) => {
    expect(textOf({ text })).toContain(`"${redacted}"`);
  });
});
