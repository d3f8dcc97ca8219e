import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Segments, SelectField, TextField } from '../../design/field.js';
import { eventTitle, knownEventTypes } from '../../live/event-types.js';
import { useReader } from '../../strings/language.js';
import { dateInput, isDay } from '../../time/period.js';
import type { ActivitySearch } from './activity-search.js';

/** The filters of the activity page. A change of a filter changes the page's URL, so that users can bookmark it. */
export function ActivityFilters({ search }: { search: ActivitySearch }) {
  const { strings, language } = useReader();
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
        {knownEventTypes.map((name) => (
          <option key={name} value={name}>
            {eventTitle(name, language)}
          </option>
        ))}
      </SelectField>
      {search.period === 'custom' && (
        <div className="filters__days">
          <DayField
            label={strings.period.from}
            value={search.from ?? today}
            onDay={(from) => change({ ...search, from, to: later(from, search.to) })}
          />
          <DayField
            label={strings.period.to}
            value={search.to ?? today}
            onDay={(to) => change({ ...search, from: earlier(to, search.from), to })}
          />
        </div>
      )}
    </section>
  );
}

/** An input field for a day. While the day is incomplete, the filter does not change. */
function DayField({ label, value, onDay }: { label: string; value: string; onDay: (day: string) => void }) {
  const [{ typed, from }, setTyped] = useState({ typed: value, from: value });
  if (from !== value) setTyped({ typed: value, from: value });
  return (
    <TextField
      label={label}
      type="date"
      value={typed}
      onChange={({ target }) => {
        setTyped({ typed: target.value, from: value });
        if (isDay(target.value)) onDay(target.value);
      }}
    />
  );
}

function later(day: string, other = day): string {
  return other > day ? other : day;
}

function earlier(day: string, other = day): string {
  return other < day ? other : day;
}
