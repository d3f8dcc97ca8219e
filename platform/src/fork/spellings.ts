/** A fork can rename the product. This file defines the allowed names and the spellings of a name. */
import { Refusal } from '../terminal.ts';
import { serviceNames } from '../services.ts';

export interface Product {
  /** Lower-case letters and digits, such as `shop`. Package names, host names, roles and settings contain it. */
  name: string;
  /** The name in texts for people, such as `Corner Shop`. */
  title: string;
}

/** The spellings of a product's name and title. The examples are for the name `shop` and the title `Corner Shop`. */
export interface Spellings {
  name: string;
  title: string;
  /** The beginning of alert names, for example `CornerShop`. */
  identifier: string;
  /** The beginning of each alert's link anchor, for example `cornershop` in `docs/runbook.md#cornershoptargetdown`. */
  anchor: string;
  /** The beginning of the names of settings, for example `SHOP`. */
  upper: string;
  /** The beginning of the names of HTTP headers, for example `Shop`. */
  capital: string;
}

/** The product cannot have one of these names, because a folder, program, database or header already has the name. */
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
  // The gateway removes each request header that begins with the product's name. If the product had the name `content`,
  // the gateway would remove Content-Type.
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
  // SQL reserves these words: a role with such a name would need quotes.
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

/** @throws Refusal, with the broken rule, if the name or the title is not allowed */
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
