import './activity.css';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { accountsQuery, activityQuery, type ActivityEvent } from '../../api/queries.js';
import { PageTitle } from '../../app/page-title.js';
import { Button } from '../../design/button.js';
import { Empty, QueryGate } from '../../design/states.js';
import { ConnectionPill } from '../../live/connection-pill.js';
import { EventLine } from '../../live/event-line.js';
import { useLiveEvents } from '../../live/live-feed-provider.js';
import { useReader } from '../../strings/language.js';
import { formatDay, startOfDay } from '../../time/format-time.js';
import { useMinute } from '../../time/use-countdown.js';
import { ActivityCounts } from './activity-counts.js';
import { ActivityFilters } from './activity-filters.js';
import { filterOf } from './activity-filter.js';

const route = getRouteApi('/signed-in/activity');

export function ActivityPage() {
  const { strings } = useReader();
  const search = route.useSearch();
  return (
    <>
      <div className="page__head">
        <div>
          <PageTitle>{strings.activity.title}</PageTitle>
          <p className="page__lead">{strings.activity.lead}</p>
        </div>
        <ConnectionPill />
      </div>
      <ActivityFilters search={search} />
      <ActivityCounts search={search} />
      <EventList key={JSON.stringify(search)} />
    </>
  );
}

function EventList() {
  const { strings } = useReader();
  const search = route.useSearch();
  const { data: accounts = [] } = useQuery(accountsQuery);
  const activity = useInfiniteQuery(activityQuery(filterOf(search, useMinute())));
  const arrived = useArrived();
  const days = byDay(activity.data?.pages.flatMap(({ items }) => items) ?? []);
  return (
    <section className="card" aria-label={strings.activity.title}>
      <QueryGate query={activity}>
        {days.length === 0 && <Empty title={strings.activity.emptyTitle} text={strings.activity.emptyText} />}
        <ul>
          {days.map(([day, events]) => (
            <Day key={day} at={events[0]?.time ?? ''}>
              {events.map((event) => (
                <EventLine
                  key={event.id}
                  event={event}
                  accounts={accounts}
                  isNew={arrived.has(event.id)}
                  showTime="time"
                />
              ))}
            </Day>
          ))}
        </ul>
        {activity.hasNextPage && (
          <div className="activity__more">
            <Button busy={activity.isFetchingNextPage} onClick={() => void activity.fetchNextPage()}>
              {strings.actions.showMore}
            </Button>
          </div>
        )}
      </QueryGate>
    </section>
  );
}

function Day({ at, children }: { at: string; children: React.ReactNode }) {
  const { locale } = useReader();
  return (
    <li>
      <h2 className="activity__day">{formatDay(at, locale)}</h2>
      <ul className="lines">{children}</ul>
    </li>
  );
}

function useArrived(): ReadonlySet<string> {
  const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
  useLiveEvents(({ id }) => setArrived((before) => new Set([...before, id])));
  return arrived;
}

function byDay(events: ActivityEvent[]): [number, ActivityEvent[]][] {
  const days = new Map<number, ActivityEvent[]>();
  for (const event of events) {
    const day = startOfDay(event.time);
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return [...days];
}
