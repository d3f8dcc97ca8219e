import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { blockedPorts } from './blocked-ports.js';
import {
  ConfigError,
  durationMs,
  flag,
  integer,
  list,
  loadConfig,
  port,
  Secret,
  secret,
  secretList,
  secretUrl,
  url,
} from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

type Variables = Record<string, string>;

function load<Shape extends z.core.$ZodLooseShape>(shape: Shape, env: Variables, dotenvPath?: string) {
  return loadConfig({ service: 'gateway', schema: z.object(shape), env, dotenvPath });
}

function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('expected a ConfigError');
}

describe('loadConfig: where a setting comes from', () => {
  const shape = { redisUrl: secretUrl({ protocols: ['redis'] }) };
  const revealed = (env: Variables, dotenvPath?: string) => load(shape, env, dotenvPath).redisUrl.reveal();

  it('prefers the name with the service’s prefix to the name without it, and accepts NAME_FILE for each', () => {
    const env = {
      REDIS_URL_FILE: file('shared', 'redis://shared-file\n'),
      REDIS_URL: '',
      GATEWAY_REDIS_URL_FILE: '',
      GATEWAY_REDIS_URL: '',
    };
    expect(revealed(env)).toBe('redis://shared-file');
    expect(revealed({ ...env, REDIS_URL_FILE: '', REDIS_URL: 'redis://shared' })).toBe('redis://shared');
    const own = { ...env, GATEWAY_REDIS_URL_FILE: file('own', 'redis://own-file\r\n') };
    expect(revealed(own)).toBe('redis://own-file');
    expect(revealed({ ...own, GATEWAY_REDIS_URL_FILE: '', GATEWAY_REDIS_URL: 'redis://own' })).toBe('redis://own');
  });

  it('ignores NAME and NAME_FILE in .env if the environment of the process sets either of them', () => {
    const dotenv = file('dotenv', 'REDIS_URL=redis://dotenv # comment\nUNKNOWN=1\n');
    expect(revealed({}, dotenv)).toBe('redis://dotenv');
    expect(revealed({ REDIS_URL: 'redis://real' }, dotenv)).toBe('redis://real');
    expect(revealed({ REDIS_URL_FILE: file('real', 'redis://real-file') }, dotenv)).toBe('redis://real-file');
  });

  it("prefers the service's own .env file to the shared .env file, and reads no other file", () => {
    const dotenv = file('shared.env', 'REDIS_URL=redis://shared\nGATEWAY_PORT=4001\n');
    file('shared.env.accounts', 'REDIS_URL=redis://accounts\n');
    expect(revealed({}, dotenv)).toBe('redis://shared');
    file('shared.env.gateway', 'REDIS_URL=redis://gateway\n');
    expect(revealed({}, dotenv)).toBe('redis://gateway');
    expect(revealed({ REDIS_URL: 'redis://real' }, dotenv)).toBe('redis://real');
    const options = { service: 'gateway', schema: z.object({ port: port() }), env: {}, dotenvPath: dotenv };
    expect(loadConfig(options)).toEqual({ port: 4001 });
    file('shared.env.migrate', 'PORT=4002\nGATEWAY_PORT=4003\n');
    expect(loadConfig({ ...options, dotenvSuffix: 'migrate' })).toEqual({ port: 4003 });
  });

  it('accepts a missing .env, and reads no .env if the caller passes an environment', () => {
    expect(revealed({ REDIS_URL: 'redis://a' }, join(folder, 'absent'))).toBe('redis://a');
    expect(load({ port: port().default(3000) }, { UNRELATED: 'x' })).toEqual({ port: 3000 });
  });

  it('treats an empty string as not set', () => {
    expect(load({ port: port().default(3000), name: z.string().optional() }, { PORT: '', NAME: '' })).toEqual({
      port: 3000,
    });
  });

  it('refuses a schema in which NAME_FILE would have two meanings', () => {
    expect(() => load({ tlsKey: secret(), tlsKeyFile: z.string() }, {})).toThrow('tlsKey and tlsKeyFile');
  });
});

describe('loadConfig: mistakes', () => {
  it('names every wrong setting at once, as the operator wrote it, without values', () => {
    const schema = {
      port: port(),
      redisUrl: secretUrl({ protocols: ['redis'] }).describe('Sessions and counters.'),
      sessionSecret: secretList({ charactersMin: 32 }),
      trustProxy: flag(),
      mongoUrl: secretUrl({ protocols: ['mongodb'] }),
    };
    const env = { GATEWAY_PORT: '80a', SESSION_SECRET: 'hunter2', TRUST_PROXY: 'maybe', MONGO_URL_FILE: '/nowhere' };
    const error = errorOf(() => load(schema, env));
    expect(error.message).toBe(
      [
        'gateway: 5 settings are wrong:',
        '  MONGO_URL_FILE names a file that cannot be read (ENOENT)',
        '  GATEWAY_PORT must be a whole number from 0 to 65535',
        '  REDIS_URL is not set: Sessions and counters.',
        '  SESSION_SECRET must have at least 32 characters in each of its values',
        '  TRUST_PROXY must be true or false',
      ].join('\n'),
    );
    expect(error.problems.map(({ setting }) => setting)).toContain('GATEWAY_PORT');
  });

  it('never prints a secret, even for a rule that quotes its input', () => {
    const quoting = secret().refine(() => false, { error: ({ input }) => `is ${(input as Secret).reveal()}` });
    const error = errorOf(() => load({ token: quoting }, { TOKEN: 'hunter2' }));
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
    expect(error.message).toContain('TOKEN is [secret]');
  });

  it('refuses NAME together with NAME_FILE, and an empty file', () => {
    const both = { API_KEY: 'a', API_KEY_FILE: file('key', 'b') };
    expect(errorOf(() => load({ apiKey: secret() }, both)).message).toContain('API_KEY and API_KEY_FILE are both set');
    const empty = { API_KEY_FILE: file('empty', '\n') };
    expect(errorOf(() => load({ apiKey: secret() }, empty)).message).toContain('API_KEY_FILE names an empty file');
  });

  it('reports an unreadable .env as a ConfigError', () => {
    expect(errorOf(() => load({ port: port() }, {}, folder)).message).toContain('cannot be read (EISDIR)');
  });

  it('refuses a port that fetch refuses, because the service would never be ready there', async () => {
    for (const blocked of ['4190', '6000', '10080']) {
      const error = errorOf(() => load({ managementPort: port() }, { MANAGEMENT_PORT: blocked }));
      expect(error.message).toContain('is a port that browsers and fetch refuse to connect to; choose another one');
    }
    for (const blocked of blockedPorts) {
      const failure = await fetch(`http://127.0.0.1:${blocked}`).catch((error: Error) => error.cause);
      expect([blocked, failure]).toEqual([blocked, expect.objectContaining({ message: 'bad port' })]);
    }
    expect(load({ port: port() }, { PORT: '0' })).toEqual({ port: 0 });
  });

  it('reports a rule between settings under the setting that it names', () => {
    const schema = z
      .object({ drainWindowMs: durationMs(), requestDeadlineMs: durationMs() })
      .refine((config) => config.drainWindowMs > config.requestDeadlineMs, {
        path: ['drainWindowMs'],
        message: 'must be above REQUEST_DEADLINE_MS',
      });
    const env = { DRAIN_WINDOW_MS: '1', REQUEST_DEADLINE_MS: '2' };
    expect(errorOf(() => loadConfig({ service: 'gateway', schema, env })).message).toContain(
      '  DRAIN_WINDOW_MS must be above REQUEST_DEADLINE_MS',
    );
  });
});

describe('setting types', () => {
  const accepts = (schema: z.ZodType, text: string) => schema.safeParse(text).success;
  const parsed = (schema: z.ZodType, text: string): unknown => schema.parse(text);

  it('integer: whole decimal numbers within its bounds, both included', () => {
    const schema = integer({ min: 1, max: 10 });
    expect(parsed(schema, '10')).toBe(10);
    for (const text of ['0', '11', '1.5', '1e1', '0x5', ' 5', '', '5 ', '99999999999999999999']) {
      expect([text, accepts(schema, text)]).toEqual([text, false]);
    }
  });

  it('durationMs: at most the longest time that a Node.js timer accepts', () => {
    expect(accepts(durationMs(), '2147483647')).toBe(true);
    expect(accepts(durationMs(), '2147483648')).toBe(false);
  });

  it('flag: true, 1, yes, on and their opposites, in any case', () => {
    expect(['true', 'ON', 'Yes', '1'].map((text) => parsed(flag(), text))).toEqual([true, true, true, true]);
    expect(['false', 'Off', 'no', '0'].map((text) => parsed(flag(), text))).toEqual([false, false, false, false]);
    expect(accepts(flag(), 'treu')).toBe(false);
  });

  it('list: separated by comma or line, without blanks', () => {
    expect(parsed(list(), ' a, b\n\nc ,')).toEqual(['a', 'b', 'c']);
  });

  it('url: absolute, of a known protocol, without credentials', () => {
    expect(parsed(url(), 'http://127.0.0.1:3001')).toBe('http://127.0.0.1:3001');
    for (const text of ['127.0.0.1:3001', '/x', 'ftp://x', 'http://', 'http://user:password@x']) {
      expect([text, accepts(url(), text)]).toEqual([text, false]);
    }
  });

  it('secretUrl: returns a Secret, and accepts MongoDB’s list of hosts', () => {
    const schema = secretUrl({ protocols: ['mongodb', 'mongodb+srv'] });
    const text = 'mongodb://user:p%2Cw@a:27017,b:27018,c/mainstay?replicaSet=rs';
    expect(schema.parse(text).reveal()).toBe(text);
    expect(accepts(schema, 'redis://a')).toBe(false);
  });

  it('secretUrl: accepts one host for every other store, because its driver would read two hosts as one name', () => {
    const schema = secretUrl({ protocols: ['postgresql', 'redis'] });
    const several = ['postgresql://user:x@a,b/mainstay', 'postgresql://a:5432,b:5432/mainstay', 'redis://a,b:6379'];
    for (const text of several) expect([text, accepts(schema, text)]).toEqual([text, false]);
    for (const text of ['postgresql://user:x,y@a/mainstay', 'redis://a/0?names=b,c']) {
      expect(schema.parse(text).reveal()).toBe(text);
    }
  });

  it('secretList: several values or whole PEM blocks, at least one', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQ,x\n-----END PRIVATE KEY-----';
    const values = (text: string) =>
      secretList()
        .parse(text)
        .map((value) => value.reveal());
    expect(values('one, two\nthree')).toEqual(['one', 'two', 'three']);
    expect(values(`${pem}\n${pem}\nlast\n`)).toEqual([pem, pem, 'last']);
    expect(accepts(secretList(), ' , ')).toBe(false);
  });
});

describe('Secret', () => {
  it('prints as [secret] everywhere and reveals only on request', () => {
    const value = new Secret('hunter2');
    const printed = [
      String(value),
      JSON.stringify({ value }),
      inspect({ value }, { showHidden: true }),
      [value].join(),
    ];
    for (const text of printed) {
      expect(text).toContain('[secret]');
      expect(text).not.toContain('hunter2');
    }
    expect(value.reveal()).toBe('hunter2');
  });
});
