import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withPostgres } from '../postgres.ts';

const run = promisify(execFile);

/** The protocol by which pgbench sends statements. `simple` is its default. */
export type Protocol = 'simple' | 'prepared';

/** Creates the database `pgbench` for PostgreSQL's own benchmark (TPC-B, scale 10). */
export async function openPgbench(adminUrl: string) {
  await withPostgres(adminUrl, (client) => client.query('CREATE DATABASE pgbench'));
  const database = new URL(adminUrl);
  database.pathname = '/pgbench';
  await run('pgbench', ['--initialize', '--scale', '10', '--quiet', database.href]);
  return {
    /** Resolves with the transactions per second. */
    async run(protocol: Protocol, { clients, seconds }: { clients: number; seconds: number }): Promise<number> {
      const load = ['--client', String(clients), '--jobs', '2', '--time', String(seconds)];
      const { stdout } = await run('pgbench', [...load, '--protocol', protocol, database.href]);
      return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    },
  };
}
