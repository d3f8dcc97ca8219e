import pg from 'pg';

/**
 * Opens as many connections as PostgreSQL allows, so that no other client can connect. The function also terminates the
 * connections of the accounts service, and opens new connections in their place.
 */
export async function takeAllConnections(adminUrl: string): Promise<pg.Client[]> {
  const taken = [new pg.Client(adminUrl)];
  const [admin] = taken as [pg.Client];
  await admin.connect();
  const others = `FROM pg_stat_activity WHERE application_name = 'accounts'`;
  for (;;) {
    while (await takeOne(adminUrl, taken));
    const { rowCount } = await admin.query(`SELECT pg_terminate_backend(pid, 1000) ${others}`);
    if (rowCount === 0) return taken;
  }
}

async function takeOne(adminUrl: string, taken: pg.Client[]): Promise<boolean> {
  const client = new pg.Client(adminUrl);
  client.on('error', () => undefined);
  return client.connect().then(
    () => taken.push(client) > 0,
    () => false,
  );
}
