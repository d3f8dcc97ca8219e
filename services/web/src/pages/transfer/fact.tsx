import type { ReactNode } from 'react';
import type { Account } from '../../api/queries.js';

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Shows the name of the user's own account, and the id of any other account. */
export function AccountName({ id, accounts }: { id: string; accounts: Account[] }) {
  const mine = accounts.find((account) => account.id === id);
  return mine ? mine.name : <span className="mono">{id}</span>;
}
