import type { ReactNode } from 'react';
import type { Account } from '../../api/queries.js';

/** One line of what a transfer is. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Mine by name, a stranger's by its id. */
export function AccountName({ id, accounts }: { id: string; accounts: Account[] }) {
  const mine = accounts.find((account) => account.id === id);
  return mine ? mine.name : <span className="mono">{id}</span>;
}
