/** How one product's name is written in each place, and which names are allowed. */
import { Refusal } from '../terminal.ts';
import { serviceNames } from '../services.ts';

/** The names of a product. */
export interface Product {
  /** Lower-case letters and digits: it is a part of package names, host names, labels, roles and settings. */
  name: string;
  /** For people. It may have spaces. */
  title: string;
}

/** One spelling per kind of place. Different kinds may have the same spelling. */
export interface Spellings {
  name: string;
  title: string;
  /** The title without spaces: alerts are named by it. */
  identifier: string;
  /** Links to a heading that begins with the identifier. */
  anchor: string;
  /** Settings begin with it. */
  upper: string;
  /** A header may be written with a capital letter. */
  capital: string;
}

/** Each is a name that something else in the tree or in a store has. */
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
  // Headers begin with these: the gateway strips every header that begins with the product's name from a request.
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
  // Words that SQL reserves: a role or database of that name would need quotes.
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

/** @throws Refusal naming the rule that the name or the title breaks */
export function validProduct(name: string, title = name.slice(0, 1).toUpperCase() + name.slice(1)): Product {
  if (!/^[a-z][a-z0-9]{2,15}$/.test(name)) {
    throw new Refusal(
      `"${name}" cannot be the name: take 3 to 16 lower-case letters and digits, a letter first. It becomes an npm scope, a DNS label, a role of PostgreSQL and the beginning of settings.`,
    );
  }
  if (TAKEN.includes(name) || name.startsWith('pg')) {
    throw new Refusal(`"${name}" cannot be the name: the platform or a store already uses it.`);
  }
  if (title.length > 40 || !/^[A-Z][A-Za-z0-9]*( [A-Z0-9][A-Za-z0-9]*)*$/.test(title)) {
    throw new Refusal(
      `"${title}" cannot be the title: take at most 40 letters, digits and single spaces; each word begins with a capital letter or a digit. Alerts are named by it.`,
    );
  }
  return { name, title };
}

/** All spellings of a product's name. */
export function spellingsOf({ name, title }: Product): Spellings {
  const identifier = title.replaceAll(' ', '');
  return {
    ...{ name, title, identifier },
    anchor: identifier.toLowerCase(),
    upper: name.toUpperCase(),
    capital: name.slice(0, 1).toUpperCase() + name.slice(1),
  };
}
