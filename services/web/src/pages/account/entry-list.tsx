import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { entriesQuery, type Account, type Entry } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Icon } from '../../design/icon.js';
import { Moment } from '../../design/moment.js';
import { Money } from '../../design/money.js';
import { Empty, QueryGate } from '../../design/states.js';
import { formatMoney } from '../../money/money.js';
import { useReader } from '../../strings/language.js';
import { formatDay, startOfDay } from '../../time/format-time.js';

/** Shows an account's entries by day. Scrolling or a button loads more entries. */
export function EntryList({ account }: { account: Account }) {
  const { strings } = useReader();
  const entries = useInfiniteQuery(entriesQuery(account.id));
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError } = entries;
  const more = () => void entries.fetchNextPage();
  const end = useNear(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) more();
  });
  const days = byDay(entries.data?.pages.flatMap(({ items }) => items) ?? []);
  return (
    <QueryGate query={entries}>
      {days.length === 0 && (
        <Empty title={strings.account.noEntriesTitle} text={strings.account.noEntriesText} icon="clock" />
      )}
      <ul>
        {days.map(([day, items]) => (
          <Day key={day} entries={items} currency={account.currency} />
        ))}
      </ul>
      <div className="entries__more" ref={end}>
        {hasNextPage && (
          <Button busy={isFetchingNextPage} onClick={more}>
            {isFetchNextPageError ? strings.actions.retry : strings.actions.showMore}
          </Button>
        )}
        {!hasNextPage && days.length > 0 && <p className="soft small">{strings.states.end}</p>}
      </div>
    </QueryGate>
  );
}

function Day({ entries, currency }: { entries: Entry[]; currency: string }) {
  const { locale } = useReader();
  return (
    <li>
      <h3 className="entries__day">{formatDay(entries[0]?.createdAt ?? '', locale)}</h3>
      <ul className="lines">
        {entries.map((entry) => (
          <EntryLine key={entry.id} entry={entry} currency={currency} />
        ))}
      </ul>
    </li>
  );
}

function EntryLine({ entry: { amount, memo, createdAt, balanceAfter }, currency }: { entry: Entry; currency: string }) {
  const { strings, locale } = useReader();
  const isIn = amount > 0;
  const kind = isIn ? strings.account.entryIn : strings.account.entryOut;
  return (
    <li className="line">
      <span className={isIn ? 'line__sign line__sign--in' : 'line__sign'}>
        <Icon name={isIn ? 'arrive' : 'leave'} />
      </span>
      <div className="line__what">
        <p className="line__title">{memo ?? kind}</p>
        <p className="line__more">
          {memo !== null && `${kind} · `}
          <Moment at={createdAt} show="time" />
        </p>
      </div>
      <div className="line__worth">
        <Money className="line__amount" amount={amount} currency={currency} signed />
        {balanceAfter !== undefined && (
          <p className="line__more money">
            {strings.account.balanceAfter(formatMoney(balanceAfter, currency, locale))}
          </p>
        )}
      </div>
    </li>
  );
}

function byDay(entries: Entry[]): [number, Entry[]][] {
  const days = new Map<number, Entry[]>();
  for (const entry of entries) {
    const day = startOfDay(entry.createdAt);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}

/** Calls `onNear` when the element comes within 400 px of the visible area, and after each rendering while it is. */
function useNear(onNear: () => void) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && onNear(), { rootMargin: '400px' });
    observer.observe(element.current);
    return () => observer.disconnect();
  });
  return element;
}
