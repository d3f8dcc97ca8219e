/** Compares the replies that clients got with the ledger. */
import type { Line } from './journal.ts';
import type { Ledger } from './ledger-checks.ts';
import type { Result } from './result.ts';

/** The journal must contain each transfer of the ledger for which the journal contains at least one account. */
export function checkJournal(lines: Line[], ledger: Ledger): Result[] {
  const acknowledged = lines.filter(({ outcome }) => outcome === 'acknowledged');
  const moved = acknowledged.filter(({ key }) => key !== undefined);
  return [checkMade(acknowledged, ledger), checkLost(moved, ledger), checkDoubled(moved, acknowledged, ledger)];
}

function checkMade(acknowledged: Line[], { users, accounts }: Ledger): Result {
  const made = acknowledged.filter(({ key }) => key === undefined);
  return {
    name: 'made',
    statement: 'Each acknowledged user and account exists',
    counted: made.length,
    violations: made
      .filter(({ request, id = '', user }) =>
        request === 'POST /v1/users' ? !users.has(id) : accounts.get(id)?.owner !== user,
      )
      .map(({ request, id }) => `${request} ${id}`),
  };
}

function checkLost(moved: Line[], { transfers }: Ledger): Result {
  return {
    name: 'lost',
    statement: 'Each acknowledged transfer and deposit exists, as requested',
    counted: moved.length,
    violations: moved
      .filter(({ id = '', from, to, amount }) => {
        const transfer = transfers.get(id);
        if (!transfer || transfer.to !== to || transfer.amount !== amount) return true;
        return from === undefined ? !transfer.isDeposit : transfer.from !== from;
      })
      .map(({ id, key }) => `key ${key}, transfer ${id}`),
  };
}

function checkDoubled(moved: Line[], acknowledged: Line[], { transfers }: Ledger): Result {
  const accounts = new Set(acknowledged.filter(({ request }) => request === 'POST /v1/accounts').map(({ id }) => id));
  const keyOf = new Map<string, string>();
  const violations = [];
  for (const { user, key, id = '' } of moved) {
    const told = `${user} ${key}`;
    const other = keyOf.get(id);
    if (other !== undefined) violations.push(`transfer ${id} acknowledges key ${key} and another request`);
    keyOf.set(id, told);
  }
  const transfersOf = new Map();
  for (const [id, told] of keyOf) {
    const first = transfersOf.get(told);
    if (first !== undefined) violations.push(`key ${told} made transfers ${first} and ${id}`);
    transfersOf.set(told, id);
  }
  for (const { id, from, to, memo } of transfers.values()) {
    const ours = accounts.has(from) || accounts.has(to);
    if (ours && !keyOf.has(id)) violations.push(`transfer ${id} (memo ${memo}) was not reported to any client`);
  }
  return {
    name: 'doubled',
    statement: 'No key moved money twice, and every movement was reported to a client',
    counted: transfers.size,
    violations,
  };
}
