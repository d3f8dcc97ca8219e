import pg from 'pg';

/** Runs the work on a connection of its own, and ends the connection. */
export async function withPostgres<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // the query under way fails too
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
