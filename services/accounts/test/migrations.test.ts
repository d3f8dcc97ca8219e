import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forgetOldKeys } from '@mainstay/outbox';
import { createTestDatabase, type TestDatabase } from '@mainstay/platform/testing';
import { assertSchema, migrate, newestMigration } from '@mainstay/postgres';
import { Client, Pool } from 'pg';
import { schema } from '../src/postgres/schema.js';

let database: TestDatabase;
let owner: Client;
let service: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  service = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await service.end();
  await owner.end();
  await database.drop();
});

const run = (lines: string[] = []) =>
  migrate({ schema, ownerUrl: database.ownerUrl, serviceUrl: database.url, report: (line) => lines.push(line) });

const partitions = async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relname ~ '^outbox_[0-9]{8}$' AND relkind = 'r' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

describe('migrate', () => {
  it('leaves a service unready until the schema is new enough', async () => {
    await expect(assertSchema(service, schema)).rejects.toThrow();
    await run();
    await expect(assertSchema(service, schema)).resolves.toBeUndefined();
    await owner.query('DELETE FROM schema_migrations WHERE name = $1', [newestMigration(schema)]);
    await expect(assertSchema(service, schema)).rejects.toThrow(/too old: migration \d{4}_\w+ is missing/);
    await owner.query('INSERT INTO schema_migrations (name, run_on) VALUES ($1, now())', [newestMigration(schema)]);
  });

  it('changes nothing the second time', async () => {
    const lines: string[] = [];
    await run(lines);
    expect(lines).toEqual([]);
  });
});

describe('keep_outbox_partitions', () => {
  it('creates a week of partitions when the role of the service calls it, and changes nothing the second time', async () => {
    await service.query('SELECT keep_outbox_partitions(30)');
    const made = await partitions();
    expect(made.length).toBeGreaterThanOrEqual(8);
    await service.query('SELECT keep_outbox_partitions(30)');
    expect(await partitions()).toEqual(made);
  });

  it('drops partitions that are older than the retention, and keeps the others', async () => {
    const kept = await partitions();
    await owner.query(
      `CREATE TABLE outbox_20200101 PARTITION OF outbox FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-02Z')`,
    );
    await service.query('SELECT keep_outbox_partitions(30)');
    expect(await partitions()).toEqual(kept);
  });

  it('stores the events of a day without a partition, and creates no partition for that day later', async () => {
    const today = (await partitions())[0]!;
    await owner.query(`DROP TABLE ${today}`);
    await service.query(
      `INSERT INTO outbox (id, type, version, subjects, data) VALUES (gen_random_uuid(), 'user.registered', 1, '{}', '{}')`,
    );
    await service.query('SELECT keep_outbox_partitions(30)');
    expect(await partitions()).not.toContain(today);
    const { rows } = await service.query('SELECT FROM outbox');
    expect(rows).toHaveLength(1);
  });
});

describe('forgetOldKeys', () => {
  it('deletes idempotency keys after two days, and keeps them for at least one day', async () => {
    await service.query(
      `INSERT INTO idempotency_keys (owner_id, route, key, fingerprint, status, location, body, created_at)
       SELECT gen_random_uuid(), 'POST /v1/transfers', age::text, '', 201, '', '', now() - make_interval(hours => age)
       FROM unnest(ARRAY[1, 25, 47, 49, 500]) age`,
    );
    await forgetOldKeys(service);
    const { rows } = await service.query<{ key: string }>('SELECT key FROM idempotency_keys ORDER BY key::int');
    expect(rows.map(({ key }) => key)).toEqual(['1', '25', '47']);
  });
});
