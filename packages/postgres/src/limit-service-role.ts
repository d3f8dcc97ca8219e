import type { Secret } from '@mainstay/config';
import { Client } from 'pg';
import { plansByIndex } from './prepare-connection.js';

/**
 * Stores time limits and `plansByIndex` in the service's role, because behind a pooler a `SET` affects only one
 * connection.
 */
export async function limitServiceRole(serviceUrl: Secret, statementTimeoutMs: number): Promise<void> {
  const client = new Client({ connectionString: serviceUrl.reveal(), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // the current query rejects with the same error
  await client.connect();
  try {
    const here = `ALTER ROLE CURRENT_USER IN DATABASE ${client.escapeIdentifier(client.database!)}`;
    await client.query(`${here} SET statement_timeout = ${statementTimeoutMs}`);
    await client.query(`${here} SET idle_in_transaction_session_timeout = ${statementTimeoutMs}`);
    for (const [name, value] of Object.entries(plansByIndex)) await client.query(`${here} SET ${name} = ${value}`);
  } finally {
    await client.end();
  }
}
