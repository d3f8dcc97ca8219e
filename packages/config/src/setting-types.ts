import { z } from 'zod';
import { blockedPorts } from './blocked-ports.js';
import { markOwnPerService, markSecret } from './setting-marks.js';
import { Secret } from './secret.js';

/** A Node.js timer with a longer time fires at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const flagValues = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

/** Text of one or more lines. */
export function text({ charactersMax = 10_000 }: { charactersMax?: number } = {}) {
  return z.string('must be text').max(charactersMax, `must have at most ${charactersMax} characters`);
}

/** A whole number in decimal digits, within inclusive bounds. */
export function integer({ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }) {
  const rule = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const message = `must be a whole number ${rule}`;
  return z
    .string(message)
    .regex(/^-?\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** A decimal number from 0 to 1, such as `0.25`. */
export function ratio() {
  const message = 'must be a number from 0 to 1';
  return z
    .string(message)
    .regex(/^(0|1|[01]?\.\d{1,9})$/, message)
    .transform(Number)
    .refine((value) => value <= 1, message);
}

/** A TCP port that browsers and `fetch` accept. With 0, the system chooses a port. */
export function port() {
  return markOwnPerService(
    integer({ min: 0, max: 65_535 }).refine(
      (value) => !blockedPorts.has(value),
      'is a port that browsers and fetch refuse to connect to; choose another one',
    ),
  );
}

/** A duration in whole milliseconds, within the range of Node's timers. */
export function durationMs({ min = 0, max = TIMER_MS_MAX }: { min?: number; max?: number } = {}) {
  return integer({ min, max });
}

/** `true`, `1`, `yes` and `on` → true. `false`, `0`, `no` and `off` → false. Ignores case. */
export function flag() {
  const message = 'must be true or false';
  return z
    .string(message)
    .refine((value) => flagValues.has(value.toLowerCase()), { message, abort: true })
    .transform((value) => flagValues.get(value.toLowerCase()) === true);
}

/** Values separated by commas or line breaks. Surrounding blanks and empty values are dropped. */
export function list() {
  return z.string('must be a list').transform((value) => splitList(value));
}

/** An absolute URL without credentials. For a URL with a password, use `secretUrl`. */
export function url({ protocols = ['http', 'https'] }: { protocols?: readonly string[] } = {}) {
  return z
    .string(urlRule(protocols))
    .refine((value) => isUrl(value, protocols), { message: urlRule(protocols), abort: true })
    .refine((value) => !hasCredentials(value), 'must not contain a user or password');
}

/** An absolute URL that may contain a password. */
export function secretUrl({ protocols }: { protocols: readonly string[] }) {
  return markSecret(
    z
      .string(urlRule(protocols))
      .refine((value) => protocols.includes('mongodb') || !namesSeveralHosts(value), {
        message: 'must name one host: only MongoDB accepts several hosts',
        abort: true,
      })
      .refine((value) => isUrl(value, protocols), { message: urlRule(protocols), abort: true })
      .transform((value) => new Secret(value)),
  );
}

/** One secret of at least `charactersMin` characters. */
export function secret({ charactersMin = 1 }: { charactersMin?: number } = {}) {
  return markSecret(
    z
      .string('must be text')
      .min(charactersMin, { message: `must have at least ${charactersMin} characters`, abort: true })
      .transform((value) => new Secret(value)),
  );
}

/** One or more secrets, separated by commas or line breaks. A PEM block counts as one secret. */
export function secretList({ charactersMin = 1 }: { charactersMin?: number } = {}) {
  return markSecret(
    z
      .string('must be a list')
      .transform((value) => splitList(value))
      .refine((values) => values.length > 0, { message: 'must have at least one value', abort: true })
      .refine((values) => values.every((value) => value.length >= charactersMin), {
        message: `must have at least ${charactersMin} characters in each of its values`,
        abort: true,
      })
      .transform((values) => values.map((value) => new Secret(value))),
  );
}

function splitList(value: string): string[] {
  const parts = value.match(/-----BEGIN ([A-Z ]+)-----[^]*?-----END \1-----|[^,\r\n]+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  const { protocol, host } = parseUrl(value) ?? {};
  return protocol !== undefined && host !== '' && protocols.includes(protocol.slice(0, -1));
}

/** MongoDB's driver accepts several hosts. Other drivers read `a,b` as the name of one host and never connect. */
function namesSeveralHosts(value: string): boolean {
  const [authority = ''] = (value.split('://')[1] ?? '').split(/[/?#]/);
  return authority.slice(authority.lastIndexOf('@') + 1).includes(',');
}

function hasCredentials(value: string): boolean {
  const { username = '', password = '' } = parseUrl(value) ?? {};
  return username !== '' || password !== '';
}

/** `URL` cannot parse several hosts with ports. So `mongodb://a:1,b:2/db` is parsed as `mongodb://a:1/db`. */
function parseUrl(value: string): URL | undefined {
  const hosts = /^(mongodb:\/\/(?:[^/@]*@)?[^/,]+),[^/?]*/;
  const single = value.replace(hosts, '$1');
  return URL.canParse(single) ? new URL(single) : undefined;
}

function urlRule(protocols: readonly string[]): string {
  return `must be a URL that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`;
}
