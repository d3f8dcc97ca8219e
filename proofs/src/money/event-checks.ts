/** Compares event store and ledger: each recent transfer, account and user has one event, which each owner sees. */
import { MongoClient } from 'mongodb';
import type { Ledger } from './ledger-checks.ts';
import type { Result } from './result.ts';

interface StoredEvent {
  id: string;
  type: string;
  subjects: string[];
  about: string;
}

export async function readEvents(mongoUrl: string): Promise<StoredEvent[]> {
  const client = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: 10_000 });
  try {
    const documents = client
      .db()
      .collection('events')
      .find({ type: { $in: ['transfer.completed', 'deposit.completed', 'account.opened', 'user.registered'] } })
      .project({ type: 1, subjects: 1, 'data.transferId': 1, 'data.accountId': 1 })
      .batchSize(5_000);
    const events = [];
    for await (const { _id, type, subjects, data } of documents) {
      const about = data?.transferId ?? data?.accountId ?? subjects[0];
      events.push({ id: String(_id), type, subjects, about });
    }
    return events;
  } finally {
    await client.close();
  }
}

export function checkEvents(
  events: StoredEvent[],
  ledger: Ledger,
  { afterRestore }: { afterRestore: boolean },
): Result[] {
  const due = expectedOwners(ledger);
  const seen = new Map<string, number>();
  const doubled = [];
  const foreign = [];
  for (const { type, about, subjects } of events) {
    const name = `${type} ${about}`;
    if (!isKnown(type, about, ledger) && !afterRestore) foreign.push(`${name} refers to a missing object`);
    const owners = due.get(name);
    for (const subject of subjects) {
      const copies = (seen.get(`${name} ${subject}`) ?? 0) + 1;
      seen.set(`${name} ${subject}`, copies);
      if (copies > 1) doubled.push(`${name}, ${copies} times for ${subject}`);
      if (owners && !owners.includes(subject)) foreign.push(`${name} is shown to ${subject}`);
    }
  }
  const pairs = [...due].flatMap(([name, owners]) => owners.map((owner) => `${name} ${owner}`));
  const missing = pairs.filter((pair) => !seen.has(pair));
  const counted = pairs.length;
  return [
    {
      name: 'missing events',
      statement: 'Each transfer, deposit, account and user has its event, for each owner',
      counted,
      violations: missing,
    },
    { name: 'doubled events', statement: 'No owner has an event twice', counted, violations: doubled },
    {
      name: 'foreign events',
      statement: 'No event is shown to a stranger or refers to a missing object',
      counted: events.length,
      violations: foreign,
    },
  ];
}

/** @returns the owners of each expected event; the key is its type, a space and the id of its object */
function expectedOwners({ transfers, accounts, users }: Ledger): Map<string, string[]> {
  const due = new Map();
  for (const [id, { hasYoungEvent, isDeposit, owners }] of transfers) {
    if (hasYoungEvent) due.set(`${isDeposit ? 'deposit' : 'transfer'}.completed ${id}`, owners);
  }
  for (const [id, { hasYoungEvent, owner }] of accounts) if (hasYoungEvent) due.set(`account.opened ${id}`, [owner]);
  for (const [id, { hasYoungEvent }] of users) if (hasYoungEvent) due.set(`user.registered ${id}`, [id]);
  return due;
}

function isKnown(type: string, about: string, { transfers, accounts, users }: Ledger) {
  if (type === 'account.opened') return accounts.has(about);
  return type === 'user.registered' ? users.has(about) : transfers.has(about);
}
