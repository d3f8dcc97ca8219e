import { createEvent, idFloor, newEventId, type EventEnvelope } from '@mainstay/events';

/** Makes an event `account.opened` of these users, with the current time. */
export function opened(...subjects: string[]): EventEnvelope {
  const data = { accountId: newEventId(), name: 'Savings', currency: 'EUR' };
  return createEvent({ type: 'account.opened', subjects, source: 'accounts', data });
}

/** Makes an event `account.opened` of these users at `time`. */
export function openedAt(time: Date, ...subjects: string[]): EventEnvelope {
  return { ...opened(...subjects), id: idFloor(time) + newEventId().slice(13), time: time.toISOString() };
}
