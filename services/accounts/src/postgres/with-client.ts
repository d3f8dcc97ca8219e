import type { Secret } from '@mainstay/config';
import { Client } from 'pg';

/** A command may take as long as it needs: the limits of the service's role are those of its requests. */
export const unlimited = '-c statement_timeout=0 -c idle_in_transaction_session_timeout=0';

/** Opens one connection for a command, and closes it whatever comes. A pooler refuses it: commands need PostgreSQL itself. */
export async function withClient<Result>(url: Secret, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url.reveal(), connectionTimeoutMillis: 10_000, options: unlimited });
  client.on('error', () => undefined); // The query that is under way rejects with the same error.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
