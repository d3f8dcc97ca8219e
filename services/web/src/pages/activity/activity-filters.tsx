import { useNavigate } from '@tanstack/react-router';
import { Segments, SelectField, TextField } from '../../design/field.js';
import { useReader } from '../../strings/language.js';
import { dateInput } from '../../time/period.js';
import type { ActivitySearch } from './activity-search.js';

/** What of the activity is shown; the address keeps it. */
export function ActivityFilters({ search }: { search: ActivitySearch }) {
  const { strings } = useReader();
  const navigate = useNavigate();
  const { activity } = strings;
  const change = (next: ActivitySearch) =>
    void navigate({ to: '/activity', search: next, replace: true, resetScroll: false });
  const type = search.type === undefined ? {} : { type: search.type };
  const today = dateInput(new Date());
  return (
    <section className="filters" aria-label={activity.filters}>
      <Segments
        label={activity.period}
        pairs
        value={search.period ?? 'day'}
        options={(['day', 'week', 'month', 'custom'] as const).map((period) => [period, activity.periods[period]])}
        onChange={(period) => {
          if (period === 'day') change(type);
          else change({ ...type, period, ...(period === 'custom' && { from: today, to: today }) });
        }}
      />
      <SelectField
        label={activity.type}
        value={search.type ?? ''}
        onChange={({ target }) => {
          const { type: _before, ...rest } = search;
          change(target.value === '' ? rest : { ...rest, type: target.value });
        }}
      >
        <option value="">{activity.allTypes}</option>
        {Object.entries(activity.types).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </SelectField>
      {search.period === 'custom' && (
        <div className="filters__days">
          <TextField
            label={strings.statement.from}
            type="date"
            max={search.to}
            value={search.from ?? ''}
            onChange={({ target }) => target.value && change({ ...search, from: target.value })}
          />
          <TextField
            label={strings.statement.to}
            type="date"
            min={search.from}
            value={search.to ?? ''}
            onChange={({ target }) => target.value && change({ ...search, to: target.value })}
          />
        </div>
      )}
    </section>
  );
}
