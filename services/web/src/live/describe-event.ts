import type { Account, ActivityEvent } from '../api/queries.js';
import { shortId } from './short-id.js';

export interface EventStory {
  /** Whether money came, went, or stayed mine; `none` where no money is in it. */
  direction: 'in' | 'out' | 'own' | 'none';
  amount?: number;
  currency?: string;
  memo?: string;
  /** The name of my account, else the end of a stranger's id. */
  fromName?: string;
  toName?: string;
  /** The account of mine that it is about. */
  accountId?: string;
}

/** What an event says, seen by the owner of these accounts. Its data is checked: an event of a newer platform may lack what we look for. */
export function describeEvent({ type, data }: ActivityEvent, accounts: readonly Account[]): EventStory {
  const text = (key: string) => (typeof data[key] === 'string' ? data[key] : undefined);
  const amount = typeof data.amount === 'number' ? data.amount : undefined;
  const currency = text('currency');
  const money = amount === undefined || currency === undefined ? {} : { amount, currency };
  const mine = (id: string | undefined) => accounts.find((account) => account.id === id);
  const nameOf = (id: string | undefined) => mine(id)?.name ?? (id === undefined ? undefined : shortId(id));

  if (type === 'transfer.completed') {
    const [from, to, memo] = [text('fromAccountId'), text('toAccountId'), text('memo')];
    const direction = mine(from) && mine(to) ? 'own' : mine(to) ? 'in' : 'out';
    return defined({
      direction,
      ...money,
      memo,
      fromName: nameOf(from),
      toName: nameOf(to),
      accountId: direction === 'in' ? to : from,
    });
  }
  const accountId = text('accountId');
  if (type === 'deposit.completed') return defined({ direction: 'in', ...money, toName: nameOf(accountId), accountId });
  if (type === 'account.opened')
    return defined({ direction: 'none', toName: text('name') ?? nameOf(accountId), accountId });
  return { direction: 'none' };
}

function defined(story: { [Key in keyof EventStory]: EventStory[Key] | undefined }): EventStory {
  return Object.fromEntries(Object.entries(story).filter(([, value]) => value !== undefined)) as unknown as EventStory;
}
