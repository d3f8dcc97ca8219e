import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@mainstay/platform/testing';
import { migrate } from '@mainstay/postgres';
import { Client } from 'pg';
import { schema } from '../src/postgres/schema.js';

let database: TestDatabase;
let owner: Client;
let service: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  const lines: string[] = [];
  await migrate({ schema, ownerUrl: database.ownerUrl, serviceUrl: database.url, report: (line) => lines.push(line) });
  expect(lines.filter((line) => !line.startsWith('migrated '))).toEqual([]);
  [owner, service] = [database.ownerUrl, database.url].map((url) => new Client({ connectionString: url })) as [
    Client,
    Client,
  ];
  await Promise.all([owner.connect(), service.connect()]);
});
afterAll(async () => {
  await Promise.all([owner.end(), service.end()]);
  await database.drop();
});

const own = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

describe('the functions', () => {
  it('that run as their owner search the catalog first and temporary objects last', async () => {
    const { rows } = await owner.query<{ name: string; config: string[] | null }>(
      `SELECT p.proname AS name, p.proconfig AS config FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE ${own} AND p.prosecdef`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['keep_outbox_partitions']);
    for (const { config } of rows) expect(config).toContain('search_path=pg_catalog, public, pg_temp');
  });

  it('can be executed only by their owner and the service', async () => {
    const { rows } = await owner.query<{ name: string; grantees: string[] }>(
      `SELECT p.proname AS name, array_agg(DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END) AS grantees
       FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
         LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
       WHERE ${own} GROUP BY p.oid, p.proname`,
    );
    const expected = [owner.user, service.user].sort();
    expect(rows.length).toBeGreaterThan(0);
    for (const { name, grantees } of rows) expect([name, grantees.sort()]).toEqual([name, expected]);
  });

  it('of a later migration cannot be executed without a grant', async () => {
    await owner.query('CREATE FUNCTION later() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$');
    await expect(service.query('SELECT later()')).rejects.toThrow('permission denied for function later');
    await owner.query('DROP FUNCTION later()');
  });
});

describe('the role of the service', () => {
  it('has exactly these rights on tables, and PUBLIC has no rights', async () => {
    const { rows } = await owner.query<{ name: string; grantee: string; rights: string }>(
      `SELECT c.relname AS name, CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee,
         string_agg(acl.privilege_type, ' ' ORDER BY acl.privilege_type) AS rights
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL aclexplode(c.relacl) acl
       WHERE ${own} AND acl.grantee <> c.relowner GROUP BY 1, 2 ORDER BY 1`,
    );
    expect(new Set(rows.map(({ grantee }) => grantee))).toEqual(new Set([service.user]));
    expect(Object.fromEntries(rows.map(({ name, rights }) => [name, rights]))).toEqual({
      accounts: 'INSERT SELECT UPDATE',
      entries: 'INSERT SELECT',
      idempotency_keys: 'DELETE INSERT SELECT',
      outbox: 'INSERT SELECT',
      schema_migrations: 'SELECT',
      transfers: 'INSERT SELECT',
      users: 'INSERT SELECT UPDATE',
    });
  });

  it('cannot create any object, not even a temporary table, and is not a member of another role', async () => {
    for (const statement of [
      'CREATE TABLE mine (id int)',
      'CREATE TEMPORARY TABLE mine (id int)',
      'CREATE SCHEMA mine',
      'CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
      'UPDATE entries SET amount = 0',
      'DELETE FROM outbox',
      'TRUNCATE users',
    ])
      await expect(service.query(statement)).rejects.toThrow('permission denied');
    const { rows } = await owner.query(
      `SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = $1
       UNION ALL SELECT FROM pg_roles WHERE rolname = $1 AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)`,
      [service.user],
    );
    expect(rows).toEqual([]);
  });

  it('cannot delete events with a retention of less than a day', async () => {
    await service.query(
      `INSERT INTO outbox (id, type, version, subjects, data) VALUES (gen_random_uuid(), 'user.registered', 1, '{}', '{}')`,
    );
    for (const days of [-1000, 0, null])
      await expect(service.query('SELECT keep_outbox_partitions($1)', [days])).rejects.toThrow('must be 1 or more');
    const { rows } = await service.query('SELECT FROM outbox');
    expect(rows).toHaveLength(1);
  });

  it('cannot run code as the owner through a temporary table, even if it may create one', async () => {
    await owner.query(`GRANT TEMPORARY ON DATABASE ${service.database} TO ${service.user}`);
    await service.query(`
      CREATE TEMPORARY TABLE outbox_default (created_at timestamptz);
      INSERT INTO outbox_default VALUES ('2000-01-01');
      CREATE FUNCTION pg_temp.attack() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE public.entries SET amount = 0; RETURN OLD; END $$;
      CREATE TRIGGER attack BEFORE DELETE ON outbox_default FOR EACH ROW EXECUTE FUNCTION pg_temp.attack();
    `);
    await service.query('SELECT public.keep_outbox_partitions(30)');
    const { rows } = await service.query('SELECT FROM pg_temp.outbox_default');
    expect(rows).toHaveLength(1);
  });
});
