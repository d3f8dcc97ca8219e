import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import pg from 'pg';

/** An empty PostgreSQL database for one test file, with an owner role for migrations and a role for the service. */
export interface TestDatabase {
  /** The URL with which the service connects (DATABASE_URL). */
  url: string;
  /** The URL with which migrations connect (DATABASE_OWNER_URL). */
  ownerUrl: string;
  /** Ends all connections to the database, and removes the database and its roles. */
  drop(): Promise<void>;
}

/** A MongoDB database for one test file. */
export interface TestMongo {
  url: string;
  drop(): Promise<void>;
}

/**
 * Makes a database on the server of TEST_DATABASE_URL. The role of that URL needs the rights CREATEDB and CREATEROLE.
 * @throws Error when TEST_DATABASE_URL, which `npm test` sets, is missing
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = variable('TEST_DATABASE_URL');
  const name = freshName();
  const owner = `${name}_owner`;
  await asAdmin(admin, async (client) => {
    for (const role of [owner, name]) await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    await client.query(`GRANT ${owner} TO CURRENT_USER`); // only a member of the owner role can make a database for this owner
    await client.query(`CREATE DATABASE ${name} OWNER ${owner}`);
  });
  const drop = () =>
    asAdmin(admin, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      for (const role of [name, owner]) await client.query(`DROP ROLE IF EXISTS ${role}`);
    });
  // If a connection pooler is set, only the service connects through the pooler.
  const way = process.env.TEST_DATABASE_POOLER_URL ?? admin;
  return { url: databaseUrl(way, name, name), ownerUrl: databaseUrl(admin, owner, name), drop };
}

/**
 * Returns the URL of an unused database on the server of TEST_MONGO_URL.
 * @throws Error when TEST_MONGO_URL, which `npm test` sets, is missing
 */
export function createTestMongo(): Promise<TestMongo> {
  const url = new URL(variable('TEST_MONGO_URL'));
  url.pathname = `/${freshName()}`;
  const drop = async () => {
    const client = new MongoClient(url.href, { serverSelectionTimeoutMS: 5000 });
    try {
      await client.db().dropDatabase();
    } finally {
      await client.close();
    }
  };
  return Promise.resolve({ url: url.href, drop });
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `${name} is not set. Run the tests with npm test, or see platform/src/stores/README.md for a single file.`,
    );
  }
  return value;
}

function freshName(): string {
  return `test_${randomBytes(6).toString('hex')}`;
}

function databaseUrl(admin: string, role: string, database: string): string {
  const url = new URL(admin);
  url.username = role;
  url.password = role;
  url.pathname = `/${database}`;
  return url.href;
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
