import { scaleLinear, scaleTime } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { useState, type PointerEvent } from 'react';
import { Money } from '../../design/money.js';
import { formatMoney } from '../../money/money.js';
import { useReader } from '../../strings/language.js';
import { formatDate } from '../../time/format-time.js';
import type { BalancePoint } from './balance-history.js';

const SIZE = 100;
const MARGIN = 6;

interface BalanceChartProps {
  points: readonly BalancePoint[];
  currency: string;
}

/** A chart of a balance over time. A balance stays the same until the next change, so the line has steps. */
export function BalanceChart({ points, currency }: BalanceChartProps) {
  const { strings, locale } = useReader();
  const [pointed, setPointed] = useState<BalancePoint>();
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return null;
  const x = scaleTime([first.at, last.at], [0, SIZE]);
  const highest = Math.max(...points.map(({ balance }) => balance), 1);
  const y = scaleLinear([0, highest], [SIZE - 1, MARGIN]);
  const outline = line<BalancePoint>(
    (point) => x(point.at),
    (point) => y(point.balance),
  ).curve(curveStepAfter);
  const filled = area<BalancePoint>(
    (point) => x(point.at),
    SIZE,
    (point) => y(point.balance),
  ).curve(curveStepAfter);
  const money = (amount: number) => formatMoney(amount, currency, locale);
  const shown = pointed ?? last;

  function point(event: PointerEvent<HTMLElement>): void {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const at = x.invert(((event.clientX - left) / width) * SIZE).getTime();
    const held = points.findLast((candidate) => candidate.at <= at) ?? first;
    if (held) setPointed({ at, balance: held.balance });
  }

  return (
    <figure className="standing__chart">
      <div className="standing__plot" onPointerMove={point} onPointerLeave={() => setPointed(undefined)}>
        <svg
          viewBox={`0 0 ${SIZE} ${SIZE}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={strings.overview.chart(currency)}
        >
          {x.ticks(6).map((tick) => (
            <path
              key={tick.getTime()}
              className="standing__week"
              vectorEffect="non-scaling-stroke"
              d={`M${x(tick)} 0V${SIZE}`}
            />
          ))}
          <path className="standing__area" d={filled([...points]) ?? ''} />
          <path className="standing__line" vectorEffect="non-scaling-stroke" d={outline([...points]) ?? ''} />
        </svg>
        <span className="standing__dot" style={{ left: `${x(shown.at)}%`, top: `${y(shown.balance)}%` }} />
        {pointed && (
          <span
            className={x(pointed.at) > 50 ? 'standing__tip standing__tip--left' : 'standing__tip'}
            style={{ left: `${x(pointed.at)}%` }}
          >
            {formatDate(pointed.at, locale)} <Money amount={pointed.balance} currency={currency} />
          </span>
        )}
      </div>
      <figcaption className="standing__axis">
        <span>{formatDate(first.at, locale)}</span>
        <span className="visually-hidden">{strings.overview.chartText(money(first.balance), money(last.balance))}</span>
        <span>{formatDate(last.at, locale)}</span>
      </figcaption>
    </figure>
  );
}
