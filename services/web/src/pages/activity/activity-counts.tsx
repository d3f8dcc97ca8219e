import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { summaryQuery } from '../../api/queries.js';
import { Loading, QueryGate } from '../../design/states.js';
import { useReader } from '../../strings/language.js';
import { periodOf } from './activity-filter.js';
import type { ActivitySearch } from './activity-search.js';
import { CountChart } from './count-chart.js';
import { countsByBucket } from './counts-by-bucket.js';

const HOURLY_MAX_MS = 2 * 86_400_000;

/** How much happened when: by hour for a day or two, else by day. */
export function ActivityCounts({ search }: { search: ActivitySearch }) {
  const { strings } = useReader();
  const period = periodOf(search);
  const end = period.to === undefined ? Date.now() : Math.min(Date.parse(period.to), Date.now());
  const bucket = end - Date.parse(period.from) <= HOURLY_MAX_MS ? 'hour' : 'day';
  const summary = useQuery(summaryQuery({ ...period, bucket }));
  const { data } = summary;
  const counts = useMemo(
    () => countsByBucket(data ?? [], { from: Date.parse(period.from), to: end, bucket, type: search.type }),
    // The end moves with the clock; a new reading is what makes a new chart.
    [data, period.from, period.to, bucket, search.type],
  );
  return (
    <section className="card" aria-labelledby="counts">
      <div className="card__head">
        <h2 id="counts">{strings.activity.chart}</h2>
        <span className="soft small">{bucket === 'hour' ? strings.activity.byHour : strings.activity.byDay}</span>
      </div>
      <QueryGate query={summary} loading={<Loading block />}>
        <CountChart counts={counts} bucket={bucket} />
      </QueryGate>
    </section>
  );
}
