import type { ReactNode } from 'react';
import type { Account } from '../../api/queries.js';

/** One detail of a transfer. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The user's account by name, another one by its id. */
export function AccountName({ id, accounts }: { id: string; accounts: Account[] }) {
  const mine = accounts.find((account) => account.id === id);
  return mine ? mine.name : <span className="mono">{id}</span>;
}
