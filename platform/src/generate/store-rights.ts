/** Generates the users of Redis and the roles of PostgreSQL. */
import { databases, serviceNames, serviceOf } from '../services.ts';
import { fill, origin } from './templates.ts';

/** Returns Redis ACL lines without passwords. The Redis client needs INFO to learn whether Redis is still loading. */
export function redisUsers(): string {
  const lines = serviceNames.flatMap((name) => {
    const { redis } = serviceOf(name);
    if (!redis) return [];
    const rules = [
      ...redis.channels.map((channel) => `&${channel}`),
      ...redis.keys.map((key) => `~${key}`),
      ...['~health:write', '+@connection'],
      ...redis.commands.filter((command) => command.startsWith('@')).map((category) => `+${category}`),
      ...['-@admin', '-@dangerous', '+info'],
      ...redis.commands.filter((command) => !command.startsWith('@')).map((command) => `+${command}`),
    ];
    return [`user ${name} resetchannels ${rules.join(' ')}`];
  });
  return lines.join('\n');
}

/** Returns a script for psql that creates each service's database and its two roles. */
export function databaseRoles(): string {
  const each = databases.map(({ service, name, owner, ownerPassword }) =>
    fill('postgres-roles.sql', { service, name, owner, ownerPassword }),
  );
  return `-- ${origin}
-- For each service with a database, creates the role that owns the tables and runs migrations, and the role of the
-- running service. A second run only replaces outdated passwords.
\\set ON_ERROR_STOP on
-- With this lock, a second run waits until the first run has ended.
DO $$ BEGIN PERFORM pg_advisory_lock(7246002); END $$;

${each.join('\n')}`;
}
