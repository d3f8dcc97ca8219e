import type { Secret } from '@mainstay/config';
import { Client } from 'pg';

/** Opens one connection for a command, and closes it whatever comes. */
export async function withClient<Result>(url: Secret, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url.reveal(), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // The query that is under way rejects with the same error.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
