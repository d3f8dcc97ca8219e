import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { summaryQuery } from '../../api/queries.js';
import { Loading, QueryGate } from '../../design/states.js';
import { useReader } from '../../strings/language.js';
import { readerTimeZone } from '../../time/period.js';
import { useMinute } from '../../time/use-countdown.js';
import { periodOf } from './activity-filter.js';
import type { ActivitySearch } from './activity-search.js';
import { CountChart } from './count-chart.js';
import { countsByBucket, isChartable } from './counts-by-bucket.js';

const HOURLY_MAX_MS = 2 * 86_400_000;

/** Shows counts by hour for up to 48 hours, and by day for a longer period. */
export function ActivityCounts({ search }: { search: ActivitySearch }) {
  const { strings } = useReader();
  const now = useMinute();
  const period = periodOf(search, now);
  const end = period.to === undefined ? now : Math.min(Date.parse(period.to), now);
  const bucket = end - Date.parse(period.from) <= HOURLY_MAX_MS ? 'hour' : 'day';
  const options = { from: Date.parse(period.from), to: end, bucket, type: search.type } as const;
  const isShown = isChartable(options) && options.from < end;
  const summary = useQuery({ ...summaryQuery({ ...period, bucket, timeZone: readerTimeZone() }), enabled: isShown });
  const { data } = summary;
  const counts = useMemo(
    () => countsByBucket(data ?? [], { from: options.from, to: end, bucket, type: search.type }),
    [data, options.from, end, bucket, search.type],
  );
  return (
    <section className="card" aria-labelledby="counts">
      <div className="card__head">
        <h2 id="counts">{strings.activity.chart}</h2>
        <span className="soft small">{bucket === 'hour' ? strings.activity.byHour : strings.activity.byDay}</span>
      </div>
      {isShown ? (
        <QueryGate query={summary} loading={<Loading block />}>
          <CountChart counts={counts} bucket={bucket} />
        </QueryGate>
      ) : (
        <p className="soft">{options.from < end ? strings.activity.tooLong : strings.activity.emptyText}</p>
      )}
    </section>
  );
}
