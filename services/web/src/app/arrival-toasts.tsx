import { useQuery } from '@tanstack/react-query';
import { accountsQuery } from '../api/queries.js';
import { useToast } from '../design/toasts.js';
import { describeEvent } from '../live/event-types.js';
import { useLiveEvents } from '../live/live-feed-provider.js';
import { formatMoney } from '../money/money.js';
import { useReader } from '../strings/language.js';

/** Shows a message when money from a different user arrives. */
export function ArrivalToasts() {
  const { strings, locale } = useReader();
  const { data: accounts = [] } = useQuery(accountsQuery);
  const toast = useToast();
  useLiveEvents((event) => {
    const { direction, amount, currency, toName } = describeEvent(event, accounts);
    if (event.type !== 'transfer.completed' || direction !== 'in' || amount === undefined || currency === undefined)
      return;
    toast(strings.activity.receivedToast(formatMoney(amount, currency, locale), toName ?? ''), 'arrive');
  });
  return null;
}
