/** Defines how the name of a product is written in each kind of place, and which names are allowed. */
import { Refusal } from '../terminal.ts';
import { serviceNames } from '../services.ts';

export interface Product {
  /** Has only lower-case letters and digits, because package names, host names, labels, roles and settings contain it. */
  name: string;
  /** The name in texts for people. It may have spaces. */
  title: string;
}

/** The spellings of a product in different kinds of places. Two kinds may have the same spelling. */
export interface Spellings {
  name: string;
  title: string;
  /** The title without spaces. Alert names begin with it. */
  identifier: string;
  /** The identifier in lower case, for links to headings that begin with the identifier. */
  anchor: string;
  /** Names of settings begin with this spelling. */
  upper: string;
  /** The name with a capital letter, as in headers. */
  capital: string;
}

/** Names that the product cannot have, because a folder, a program, a database or a header already has them. */
const TAKEN = [
  ...serviceNames,
  ...['web', 'edge', 'e2e', 'platform', 'proofs', 'monitoring', 'packages', 'services', 'docker', 'kubernetes', 'k8s'],
  ...[
    'postgres',
    'postgresql',
    'template0',
    'template1',
    'redis',
    'mongo',
    'mongodb',
    'nginx',
    'haproxy',
    'prometheus',
  ],
  ...[
    'grafana',
    'elasticsearch',
    'kibana',
    'vault',
    'node',
    'npm',
    'pm2',
    'root',
    'admin',
    'local',
    'default',
    'public',
  ],
  // The gateway removes every request header that begins with the product's name, so the name must not begin a header that
  // the platform needs.
  ...[
    'accept',
    'access',
    'cache',
    'content',
    'cross',
    'expected',
    'forwarded',
    'idempotency',
    'if',
    'last',
    'permissions',
  ],
  ...[
    'rate',
    'ratelimit',
    'referrer',
    'request',
    'retry',
    'sec',
    'server',
    'set',
    'strict',
    'transfer',
    'upgrade',
    'www',
  ],
  // SQL reserves these words: a role or database with such a name would need quotes.
  ...[
    'all',
    'and',
    'any',
    'array',
    'as',
    'asc',
    'both',
    'case',
    'cast',
    'check',
    'collate',
    'column',
    'create',
    'desc',
  ],
  ...[
    'distinct',
    'do',
    'else',
    'end',
    'except',
    'false',
    'fetch',
    'for',
    'foreign',
    'from',
    'grant',
    'group',
    'having',
  ],
  ...['in', 'into', 'lateral', 'leading', 'limit', 'not', 'null', 'offset', 'on', 'only', 'or', 'order', 'placing'],
  ...['primary', 'references', 'returning', 'select', 'some', 'symmetric', 'system', 'table', 'then', 'to', 'trailing'],
  ...['true', 'union', 'unique', 'user', 'using', 'variadic', 'when', 'where', 'window', 'with'],
];

/** @throws Refusal with the rule that the name or the title breaks */
export function validProduct(name: string, title = name.slice(0, 1).toUpperCase() + name.slice(1)): Product {
  if (!/^[a-z][a-z0-9]{2,15}$/.test(name)) {
    throw new Refusal(
      `"${name}" cannot be the name: use 3 to 16 lower-case letters and digits, beginning with a letter. The name becomes an npm scope, a DNS label, a role of PostgreSQL and the beginning of settings.`,
    );
  }
  if (TAKEN.includes(name) || name.startsWith('pg')) {
    throw new Refusal(`"${name}" cannot be the name: the platform or a store already uses it.`);
  }
  if (title.length > 40 || !/^[A-Z][A-Za-z0-9]*( [A-Z0-9][A-Za-z0-9]*)*$/.test(title)) {
    throw new Refusal(
      `"${title}" cannot be the title: use at most 40 letters, digits and single spaces; each word begins with a capital letter or a digit. Alert names begin with the title.`,
    );
  }
  return { name, title };
}

export function spellingsOf({ name, title }: Product): Spellings {
  const identifier = title.replaceAll(' ', '');
  return {
    ...{ name, title, identifier },
    anchor: identifier.toLowerCase(),
    upper: name.toUpperCase(),
    capital: name.slice(0, 1).toUpperCase() + name.slice(1),
  };
}
