import type { ClientBase, QueryConfig } from 'pg';

export interface PreparedConnection {
  /** Whether a pooler is in front of PostgreSQL. Behind a pooler, each transaction can use a different session. */
  isPooled: boolean;
}

interface Answer {
  readOnly: string;
  pid: number;
}

/**
 * Maximum number of milliseconds until the reply to the first statement. A frozen server can accept a connection and
 * never reply.
 */
const ANSWER_WITHIN_MS = 2_000;

/**
 * Makes every plan use an index if one fits. PostgreSQL can keep a plan that was made while a table was small. Without
 * these settings, the kept plan can scan the whole table even after the table has grown.
 */
export const plansByIndex: Record<string, string> = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
};

/**
 * Sets time limits, and planner settings that make plans use an index. Sends these settings in the first statement
 * of a connection, because a pooler refuses the settings in the startup packet.
 * @throws Error if the server accepts no writes, for example because the server is a standby
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
    // `pid` is the session's pid, which the statement read. `processID` is the pid that was sent when the connection
    // started. PostgreSQL sends the session's pid, so both values are equal. A pooler sends an invented pid.
    return { isPooled: pid !== (client as unknown as { processID: number }).processID };
  } catch (error) {
    // `client.end()` would wait for a server that never responds, so destroy the socket.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    throw error;
  }
}
