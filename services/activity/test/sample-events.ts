import { createEvent, idFloor, newEventId, type EventEnvelope } from '@mainstay/events';

/** An event `account.opened` of these users, now. */
export function opened(...subjects: string[]): EventEnvelope {
  const data = { accountId: newEventId(), name: 'Savings', currency: 'EUR' };
  return createEvent({ type: 'account.opened', subjects, source: 'accounts', data });
}

/** The same at another time. */
export function openedAt(time: Date, ...subjects: string[]): EventEnvelope {
  return { ...opened(...subjects), id: idFloor(time) + newEventId().slice(13), time: time.toISOString() };
}
