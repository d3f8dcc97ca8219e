/** A customer that records its replies in a journal, which check-money compares with the stores. */
import { writeLine, type Line } from '../money/journal.ts';
import type { Asked, Reply } from './http-client.ts';

export const PASSWORD = 'correct horse battery';

interface Recorded<Ask> {
  /** Unique in this run. */
  name: string;
  userId: string;
  journalFile: string;
  /** Sends a request, and repeats it by the caller's rules. Returns undefined if there is no final reply. */
  ask: (asked: Ask) => Promise<Reply | undefined>;
}

/** @param keyed properties for `ask` that every request with a key gets */
export function recordCustomer<Ask extends Asked>(
  { name, userId, journalFile, ask }: Recorded<Ask>,
  keyed: Omit<Ask, keyof Asked>,
) {
  let keys = 0;
  const record = (line: Omit<Line, 'time' | 'outcome' | 'user'>, outcome: Line['outcome'] = 'acknowledged') =>
    writeLine(journalFile, { outcome, user: userId, ...line });

  async function move(
    request: 'POST /v1/transfers' | 'POST /v1/accounts/:id/deposits',
    path: string,
    { from, to, amount }: Move,
  ) {
    const key = `${name}-${(keys += 1)}`;
    const body = from === undefined ? { amount } : { fromAccountId: from, toAccountId: to, amount, memo: key };
    const line = { request, key, to, amount, ...(from !== undefined && { from }) };
    const reply = await ask({ ...keyed, path, body, key } as Ask);
    if (reply?.status === 201) record({ ...line, id: reply.json.id });
    else if (reply) record({ ...line, code: reply.json.code }, 'refused');
    return reply;
  }

  record({ request: 'POST /v1/users', id: userId });
  return {
    name,
    userId,
    ask,
    record,
    deposit: (to: string, amount: number) =>
      move('POST /v1/accounts/:id/deposits', `/v1/accounts/${to}/deposits`, { to, amount }),
    pay: (from: string, to: string, amount: number) =>
      move('POST /v1/transfers', '/v1/transfers', { from, to, amount }),
  };
}

interface Move {
  from?: string;
  to: string;
  amount: number;
}
