import type { Account, ActivityEvent } from '../api/queries.js';
import type { IconName } from '../design/icon.js';
import type { Language } from '../strings/language.js';
import { shortId } from './short-id.js';

/** The groups of event types that the chart shows in different colours. */
export const eventGroups = ['money', 'accounts', 'access', 'other'] as const;
export type EventGroup = (typeof eventGroups)[number];

export interface EventStory {
  /**
   * Direction of the money for the user. `own`: between two accounts of the user. `none`: no known direction, for
   * example while the user's accounts are not loaded.
   */
  direction: 'in' | 'out' | 'own' | 'none';
  amount?: number | undefined;
  currency?: string | undefined;
  memo?: string | undefined;
  /** Name of the account that pays. For an account of a different user, the text is the end of the account's id. */
  fromName?: string | undefined;
  toName?: string | undefined;
}

/** Functions that read the data of an event. A newer platform can omit a field, so each field can be undefined. */
export interface EventData {
  text: (field: string) => string | undefined;
  isMine: (accountId: string | undefined) => boolean;
  /** Returns the name of an account. For an account of a different user, returns the end of the account's id. */
  nameOf: (accountId: string | undefined) => string | undefined;
}

interface EventType {
  title: Record<Language, string>;
  group: EventGroup;
  icon?: IconName;
  /** After this event, the page repeats each query whose key begins with one of these words, for example `accounts`. */
  concerns?: readonly string[];
  tell?: (data: EventData) => EventStory;
}

/** The known event types. For an unknown event type, `eventTitle` makes a title from the name of the type. */
const eventTypes: Readonly<Record<string, EventType>> = {
  'user.registered': { title: { en: 'You joined', de: 'Registriert' }, group: 'access', icon: 'person' },
  'user.signed_in': access({ en: 'Signed in', de: 'Angemeldet' }, 'key'),
  'user.sign_in_failed': {
    title: { en: 'Failed sign-in', de: 'Fehlgeschlagene Anmeldung' },
    group: 'access',
    icon: 'alert',
  },
  'user.signed_out': access({ en: 'Signed out', de: 'Abgemeldet' }, 'sign-out'),
  'user.password_changed': access({ en: 'Password changed', de: 'Passwort geändert' }, 'security'),
  'session.revoked': access({ en: 'Session ended', de: 'Sitzung beendet' }, 'security'),
  'account.opened': {
    title: { en: 'Account opened', de: 'Konto eröffnet' },
    group: 'accounts',
    icon: 'account',
    concerns: ['accounts'],
    tell: ({ text, nameOf }) => ({ direction: 'none', toName: text('name') ?? nameOf(text('accountId')) }),
  },
  'deposit.completed': {
    title: { en: 'Money added', de: 'Eingezahlt' },
    group: 'money',
    concerns: ['accounts', 'entries'],
    tell: ({ text, nameOf }) => ({ direction: 'in', toName: nameOf(text('accountId')) }),
  },
  'transfer.completed': {
    title: { en: 'Transfer', de: 'Überweisung' },
    group: 'money',
    concerns: ['accounts', 'entries'],
    tell({ text, isMine, nameOf }) {
      const [from, to] = [text('fromAccountId'), text('toAccountId')];
      const direction = isMine(from) ? (isMine(to) ? 'own' : 'out') : isMine(to) ? 'in' : 'none';
      return { direction, memo: text('memo'), fromName: nameOf(from), toName: nameOf(to) };
    },
  },
};

function access(title: EventType['title'], icon: IconName): EventType {
  return { title, group: 'access', icon, concerns: ['sessions'] };
}

/** The event types in the filter of the activity page. */
export const knownEventTypes: readonly string[] = Object.keys(eventTypes);

/** Returns the title of an event type. An unknown type `order.placed` gets the title "Order placed". */
export function eventTitle(type: string, language: Language): string {
  const words = type.replaceAll(/[._]+/g, ' ');
  return entryOf(type)?.title[language] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export function groupOf(type: string): EventGroup {
  return entryOf(type)?.group ?? 'other';
}

export function eventIcon(type: string): IconName | undefined {
  return entryOf(type)?.icon;
}

export function concernsOf(type: string): readonly string[] {
  return entryOf(type)?.concerns ?? [];
}

/** Describes an event for the owner of these accounts. The list is empty until the accounts are loaded. */
export function describeEvent({ type, data }: ActivityEvent, accounts: readonly Account[]): EventStory {
  const text = (field: string) => (typeof data[field] === 'string' ? data[field] : undefined);
  const mine = (id: string | undefined) => accounts.find((account) => account.id === id);
  const story = entryOf(type)?.tell?.({
    text,
    isMine: (id) => mine(id) !== undefined,
    nameOf: (id) => mine(id)?.name ?? (id === undefined ? undefined : shortId(id)),
  });
  const [amount, currency] = [data.amount, text('currency')];
  return {
    ...(story ?? { direction: 'none' }),
    ...(typeof amount === 'number' && isCurrency(currency) && { amount, currency }),
  };
}

/** Without `hasOwn`, the lookup of the event type `constructor` would find a property that every object inherits. */
function entryOf(type: string): EventType | undefined {
  return Object.hasOwn(eventTypes, type) ? eventTypes[type] : undefined;
}

/** Accepts three capital letters. `Intl.NumberFormat` throws for a text that is not three letters. */
function isCurrency(text: string | undefined): text is string {
  return text !== undefined && /^[A-Z]{3}$/.test(text);
}
