import type { Account } from '../../api/queries.js';
import type { Intent } from '../../intents/intent.js';

export type TransferIntent = Intent<'transfer'>;

export type TransferDraft = Record<string, string> & {
  from: string;
  target: 'own' | 'other';
  own: string;
  other: string;
  amount: string;
  memo: string;
};

/** An empty form. The source is the account `from`, or the user's only account. */
export function emptyDraft(accounts: readonly Account[], from: string | undefined): TransferDraft {
  const only = accounts.length === 1 ? accounts[0] : undefined;
  const start = accounts.find(({ id }) => id === from) ?? only;
  return { from: start?.id ?? '', target: 'other', own: '', other: '', amount: '', memo: '' };
}

/** The user's other accounts in the same currency. */
export function ownTargets(accounts: readonly Account[], from: string): Account[] {
  const source = accounts.find(({ id }) => id === from);
  return accounts.filter(({ id, currency }) => id !== from && currency === source?.currency);
}
