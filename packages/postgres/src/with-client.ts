import type { Secret } from '@mainstay/config';
import { Client } from 'pg';

/** Removes the time limits of the service's role, because they are for requests and not for commands. */
export const UNLIMITED = '-c statement_timeout=0 -c idle_in_transaction_session_timeout=0';

/** Opens one connection for a command, and always closes it. Fails behind a pooler. */
export async function withClient<Result>(url: Secret, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url.reveal(), connectionTimeoutMillis: 10_000, options: UNLIMITED });
  client.on('error', () => undefined); // the current query rejects with the same error
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
