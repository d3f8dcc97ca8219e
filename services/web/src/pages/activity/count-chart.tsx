import { scaleBand, scaleLinear } from 'd3-scale';
import { stack } from 'd3-shape';
import { useReader } from '../../strings/language.js';
import { formatDate, formatTime } from '../../time/format-time.js';
import { eventGroups, type EventGroup } from '../../live/event-types.js';
import type { BucketCounts } from './counts-by-bucket.js';

const SIZE = 100;

interface CountChartProps {
  counts: BucketCounts[];
  bucket: 'hour' | 'day';
}

/** A chart of event counts over time. For screen readers, a table has the same numbers. */
export function CountChart({ counts, bucket }: CountChartProps) {
  const { strings, locale } = useReader();
  const { activity } = strings;
  const when = (start: number) => (bucket === 'hour' ? formatTime(start, locale) : formatDate(start, locale));
  const groups = shownGroups(counts);
  const highest = Math.max(...counts.map(({ total }) => total), 4);
  const y = scaleLinear([0, highest], [SIZE, 0]).nice(4);
  const x = scaleBand(
    counts.map(({ start }) => start),
    [0, SIZE],
  ).paddingInner(0.25);
  const series = stack<BucketCounts, EventGroup>().keys(groups)(counts);
  const ticks = y.ticks(4).filter(Number.isInteger);
  return (
    <figure className="counts">
      <div className="counts__plot" aria-hidden="true">
        <div className="counts__scale">
          {ticks.map((tick) => (
            <span key={tick} style={{ top: `${y(tick)}%` }}>
              {tick}
            </span>
          ))}
        </div>
        <svg viewBox={`0 0 ${SIZE} ${SIZE}`} preserveAspectRatio="none">
          {ticks.map((tick) => (
            <path key={tick} className="counts__grid" vectorEffect="non-scaling-stroke" d={`M0 ${y(tick)}H${SIZE}`} />
          ))}
          {series.map((layer) =>
            layer
              .filter(([low, high]) => high > low)
              .map(({ 0: low, 1: high, data }) => (
                <rect
                  key={`${layer.key}${data.start}`}
                  className={`counts__bar counts__bar--${layer.key}`}
                  x={x(data.start)}
                  width={x.bandwidth()}
                  y={y(high)}
                  height={y(low) - y(high)}
                >
                  <title>{`${when(data.start)} · ${activity.groups[layer.key]}: ${high - low}`}</title>
                </rect>
              )),
          )}
        </svg>
      </div>
      <div className="counts__axis" aria-hidden="true">
        <span>{when(counts[0]?.start ?? 0)}</span>
        <span>{when(counts[Math.floor(counts.length / 2)]?.start ?? 0)}</span>
        <span>{when(counts.at(-1)?.start ?? 0)}</span>
      </div>
      <figcaption className="counts__legend">
        {groups.map((group) => (
          <span key={group}>
            <i className={`counts__key counts__key--${group}`} aria-hidden="true" />
            {activity.groups[group]} <b className="money">{counts.reduce((sum, count) => sum + count[group], 0)}</b>
          </span>
        ))}
      </figcaption>
      <details className="counts__table">
        <summary>{activity.chartTable}</summary>
        <CountTable counts={counts} groups={groups} when={when} />
      </details>
    </figure>
  );
}

function shownGroups(counts: readonly BucketCounts[]): EventGroup[] {
  return eventGroups.filter((group) => group !== 'other' || counts.some(({ other }) => other > 0));
}

interface CountTableProps {
  counts: BucketCounts[];
  groups: EventGroup[];
  when: (start: number) => string;
}

function CountTable({ counts, groups, when }: CountTableProps) {
  const { strings } = useReader();
  const { activity } = strings;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{activity.when}</th>
          {groups.map((group) => (
            <th key={group} scope="col">
              {activity.groups[group]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {counts
          .filter(({ total }) => total > 0)
          .map((count) => (
            <tr key={count.start}>
              <th scope="row">{when(count.start)}</th>
              {groups.map((group) => (
                <td key={group}>{count[group]}</td>
              ))}
            </tr>
          ))}
      </tbody>
    </table>
  );
}
