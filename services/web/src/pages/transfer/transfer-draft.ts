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

/** Begins with the account that the person came from, else the fullest: money is rarely sent from an empty one. */
export function emptyDraft(accounts: readonly Account[], from: string | undefined): TransferDraft {
  const fullest = accounts.reduce<Account | undefined>(
    (best, account) => (best && best.balance >= account.balance ? best : account),
    undefined,
  );
  const start = accounts.find(({ id }) => id === from) ?? fullest;
  return { from: start?.id ?? '', target: 'other', own: '', other: '', amount: '', memo: '' };
}

/** My other accounts that can take the money. */
export function ownTargets(accounts: readonly Account[], from: string): Account[] {
  const source = accounts.find(({ id }) => id === from);
  return accounts.filter(({ id, currency }) => id !== from && currency === source?.currency);
}
