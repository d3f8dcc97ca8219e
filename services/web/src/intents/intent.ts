export interface TransferOrder {
  fromAccountId: string;
  toAccountId: string;
  amount: number;
  memo?: string;
}

export interface DepositOrder {
  accountId: string;
  amount: number;
}

interface IntentBase {
  /** The Idempotency-Key: made once, when the person says yes, and sent with every attempt. */
  key: string;
  currency: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}

/** Something a person has decided, until the platform has answered it. */
export type Intent =
  (IntentBase & { kind: 'transfer'; order: TransferOrder }) | (IntentBase & { kind: 'deposit'; order: DepositOrder });

export type NewIntent =
  | Omit<Extract<Intent, { kind: 'transfer' }>, 'key' | 'createdAt'>
  | Omit<Extract<Intent, { kind: 'deposit' }>, 'key' | 'createdAt'>;

/** The platform keeps a key for a day at least; an hour less leaves room for clocks that differ. After that a repetition could pay twice. */
const KEPT_MS = 23 * 3_600_000;

export function newIntent(wish: NewIntent, now = Date.now()): Intent {
  // `randomUUID` is missing where the page came over plain HTTP from another machine.
  const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
  const key = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { ...wish, key, createdAt: now };
}

/** Whether sending it again is still safe. */
export function isRepeatable({ createdAt }: Intent, now = Date.now()): boolean {
  return now - createdAt < KEPT_MS;
}
