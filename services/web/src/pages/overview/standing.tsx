import { useQueries } from '@tanstack/react-query';
import { lazy, Suspense, useId, useState } from 'react';
import { recentEntriesQuery, type Account, type RecentEntries } from '../../api/queries.js';
import { Money } from '../../design/money.js';
import { totalsByCurrency } from '../../money/money.js';
import { useReader } from '../../strings/language.js';
import { formatDateTime } from '../../time/format-time.js';
import { daysAgo } from '../../time/period.js';
import { useMinute } from '../../time/use-countdown.js';
import { balanceHistory } from './balance-history.js';

/** The chart's libraries are much larger than the page's own code, so the chart loads later. */
const BalanceChart = lazy(async () => ({ default: (await import('./balance-chart.js')).BalanceChart }));

const DAYS = 30;

export function Standing({ accounts }: { accounts: readonly Account[] }) {
  const { strings } = useReader();
  const totals = totalsByCurrency(accounts);
  const [chosen, choose] = useState<string>();
  const [currency, total] = totals.find(([code]) => code === chosen) ?? totals[0] ?? ['EUR', 0];
  const held = accounts.filter((account) => account.currency === currency);
  return (
    <section className="standing" aria-labelledby="standing">
      <div className="standing__figures">
        <h2 id="standing" className="standing__label">
          {strings.overview.totalIn(currency)}
        </h2>
        <p className="standing__total">
          <Money amount={total} currency={currency} />
        </p>
        {totals.length > 1 && <CurrencyChoice totals={totals} chosen={currency} choose={choose} />}
      </div>
      <RecentBalance key={currency} accounts={held} currency={currency} />
    </section>
  );
}

interface CurrencyChoiceProps {
  totals: [string, number][];
  chosen: string;
  choose: (currency: string) => void;
}

function CurrencyChoice({ totals, chosen, choose }: CurrencyChoiceProps) {
  const { strings } = useReader();
  const name = useId();
  return (
    <div className="standing__choice" role="radiogroup" aria-label={strings.openAccount.currency}>
      {totals.map(([code]) => (
        <label key={code}>
          <input type="radio" name={name} checked={code === chosen} onChange={() => choose(code)} />
          <span>{code}</span>
        </label>
      ))}
    </div>
  );
}

function RecentBalance({ accounts, currency }: { accounts: readonly Account[]; currency: string }) {
  const { strings, locale } = useReader();
  const now = useMinute();
  const from = daysAgo(DAYS - 1, now);
  const read = useQueries({ queries: accounts.map(({ id }) => recentEntriesQuery(id, from)), combine: allRead });
  const history = read && balanceHistory(accounts, read, from, now);
  const isShort = history !== undefined && history.since > from;
  const flow = (amount: number | undefined) =>
    amount === undefined ? '…' : <Money amount={amount} currency={currency} />;
  const room = <div className="standing__chart" aria-hidden="true" />;
  return (
    <>
      <dl className="standing__flows">
        <div>
          <dt>{isShort ? strings.overview.since(formatDateTime(history.since, locale)) : strings.overview.lastDays}</dt>
        </div>
        <div>
          <dt>{strings.overview.moneyIn}</dt>
          <dd>{flow(history?.moneyIn)}</dd>
        </div>
        <div>
          <dt>{strings.overview.moneyOut}</dt>
          <dd>{flow(history?.moneyOut)}</dd>
        </div>
      </dl>
      <Suspense fallback={room}>
        {history ? <BalanceChart points={history.points} currency={currency} /> : room}
      </Suspense>
    </>
  );
}

/** Without the entries of one account, the history of the total would be wrong. */
function allRead(results: { data: RecentEntries | undefined }[]): RecentEntries[] | undefined {
  const read = results.flatMap(({ data }) => data ?? []);
  return read.length === results.length ? read : undefined;
}
