import type { Account } from '../../api/queries.js';
import type { Intent } from '../../intents/intent.js';

export type TransferIntent = Intent<'transfer'>;

/** A transfer as it is typed. */
export type TransferDraft = Record<string, string> & {
  from: string;
  target: 'own' | 'other';
  own: string;
  other: string;
  amount: string;
  memo: string;
};

/** Begins with the account that the user came from, or with the only one. With several accounts the user chooses. */
export function emptyDraft(accounts: readonly Account[], from: string | undefined): TransferDraft {
  const only = accounts.length === 1 ? accounts[0] : undefined;
  const start = accounts.find(({ id }) => id === from) ?? only;
  return { from: start?.id ?? '', target: 'other', own: '', other: '', amount: '', memo: '' };
}

/** The user's other accounts that can take the money. */
export function ownTargets(accounts: readonly Account[], from: string): Account[] {
  const source = accounts.find(({ id }) => id === from);
  return accounts.filter(({ id, currency }) => id !== from && currency === source?.currency);
}
