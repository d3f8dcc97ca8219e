import type { Stores } from '@mainstay/platform/stores/open-stores';
import pg from 'pg';

export async function withPostgres<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // ignored here, because the current query reports the error too
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Returns the same settings, but accounts connects to `url`, where a proxy or pooler listens. */
export function reachedBy(postgres: Stores['postgres'], url: string): Stores['postgres'] {
  const { databases, ownerUrl } = postgres;
  return { ...postgres, url, databases: { ...databases, accounts: { url, ownerUrl } } };
}
