import type { ClientBase, QueryConfig } from 'pg';

export interface PreparedConnection {
  /**
   * Whether a pooler is between this process and PostgreSQL. If so, each transaction may use another session of
   * PostgreSQL, which has other named statements and locks.
   */
  isPooled: boolean;
}

interface Answer {
  readOnly: string;
  pid: number;
}

/**
 * Time for the first reply on a connection. A server that accepts a connection and then freezes must not delay a
 * request longer than a server that accepts no connection.
 */
const ANSWER_WITHIN_MS = 2_000;

/**
 * Each statement of the service reads a few rows by an index. A named statement keeps the plan of its first executions.
 * Without these settings, a plan from the time when a table was small would read the whole table. That plan would last
 * until the connection ends or the table is analyzed.
 */
export const plansByIndex: Record<string, string> = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

/**
 * Runs the first statement of every new connection. Sets the limits and plans by SET, because a pooler refuses these
 * settings in the startup packet. Behind a pooler, the settings of the service's role apply. The migration command
 * makes them (`limitServiceRole`).
 * @throws Error if the server accepts no writes, such as a standby after a failover. (In libpq,
 * `target_session_attrs=read-write` has this effect.)
 */
export async function prepareConnection(client: ClientBase, statementTimeoutMs: number): Promise<PreparedConnection> {
  try {
    const statement: QueryConfig & { query_timeout: number } = {
      text: `SELECT current_setting('transaction_read_only') AS "readOnly", pg_backend_pid() AS pid,
                    set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $1, false),
                    (SELECT count(set_config(name, value, false)) FROM unnest($2::text[], $3::text[]) AS plan (name, value))`,
      values: [String(statementTimeoutMs), Object.keys(plansByIndex), Object.values(plansByIndex)],
      query_timeout: ANSWER_WITHIN_MS,
    };
    const { rows } = await client.query<Answer>(statement);
    const { readOnly, pid } = rows[0]!;
    if (readOnly === 'on') throw new Error('This PostgreSQL accepts no writes: it is a standby, or set to read only.');
    // PostgreSQL sends its own pid at the start of a connection. A pooler sends an invented pid.
    return { isPooled: pid !== (client as unknown as { processID: number }).processID };
  } catch (error) {
    // `client.end()` would wait for a server that may never respond.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    throw error;
  }
}
