import type { Secret } from '@mainstay/config';
import { Client } from 'pg';
import { plansByIndex } from './prepare-connection.js';

/**
 * Stores settings in the service's role: time limits, and planner settings that make plans use an index. Every new
 * session of the role then has these settings. Behind a pooler, the settings of `prepareConnection` are not sufficient,
 * because a client's later statements can use a different session.
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
