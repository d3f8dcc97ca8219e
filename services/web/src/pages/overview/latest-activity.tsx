import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { activityQuery, type Account } from '../../api/queries.js';
import { QueryGate } from '../../design/states.js';
import { ConnectionPill } from '../../live/connection-pill.js';
import { EventLine } from '../../live/event-line.js';
import { useReader } from '../../strings/language.js';

const SHOWN = 6;

export function LatestActivity({ accounts }: { accounts: readonly Account[] }) {
  const { strings } = useReader();
  const activity = useInfiniteQuery(activityQuery({}));
  const events = activity.data?.pages.flatMap(({ items }) => items).slice(0, SHOWN) ?? [];
  return (
    <section className="card" aria-labelledby="latest">
      <div className="card__head">
        <h2 id="latest">{strings.overview.latest}</h2>
        <ConnectionPill />
      </div>
      <QueryGate query={activity}>
        {events.length === 0 ? (
          <p className="soft">{strings.overview.noActivity}</p>
        ) : (
          <ul className="lines">
            {events.map((event) => (
              <EventLine key={event.id} event={event} accounts={accounts} />
            ))}
          </ul>
        )}
        <p className="overview__more">
          <Link to="/activity">{strings.overview.allActivity}</Link>
        </p>
      </QueryGate>
    </section>
  );
}
