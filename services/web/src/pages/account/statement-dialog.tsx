import { useEffect, useRef, useState } from 'react';
import type { Account } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Dialog } from '../../design/dialog.js';
import { Segments, TextField } from '../../design/field.js';
import { useToast } from '../../design/toasts.js';
import { FormFailure } from '../../forms/form-failure.js';
import { useForm } from '../../forms/use-form.js';
import { useReader } from '../../strings/language.js';
import { dateInput, daysInclusive, isDay, lastHours, month, type Period } from '../../time/period.js';
import { downloadStatement } from './download-statement.js';

type Choice = 'month' | 'lastMonth' | 'days30' | 'custom';
// This is a type alias, because `useForm` requires a record, and an interface is not assignable to a record.
// eslint-disable-next-line @typescript-eslint/consistent-type-definitions
type StatementChoice = { period: Choice; format: 'pdf' | 'csv'; from: string; to: string };

export function StatementDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { strings, locale } = useReader();
  const toast = useToast();
  const [bytes, setBytes] = useState(0);
  const leave = useRef(new AbortController());
  useEffect(() => {
    const controller = new AbortController();
    leave.current = controller;
    return () => controller.abort();
  }, []);
  const { field, set, values, formProps, busy, failure } = useForm<StatementChoice>({
    initial: { period: 'month', format: 'pdf', ...lastDays() },
    validate: ({ period, from, to }) => {
      if (period !== 'custom') return {};
      const { required, day } = strings.fields;
      const wrong = (text: string) => (text === '' ? required : isDay(text) ? undefined : day);
      return { from: wrong(from) ?? (isDay(to) && from > to ? strings.statement.order : undefined), to: wrong(to) };
    },
    async submit({ period, format, from, to }) {
      setBytes(0);
      const order = { accountId: account.id, format, ...periodOf(period, from, to) };
      const name = await downloadStatement(order, setBytes, leave.current.signal);
      toast(strings.statement.done(name), 'down');
      onClose();
    },
  });
  const { periods } = strings.statement;
  const size = new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 });
  return (
    <Dialog title={`${strings.statement.title} · ${account.name}`} onClose={onClose}>
      <form className="stack" {...formProps}>
        <Segments
          label={strings.statement.period}
          pairs
          value={values.period}
          options={(['month', 'lastMonth', 'days30', 'custom'] as const).map((choice) => [choice, periods[choice]])}
          onChange={(period) => set('period', period)}
        />
        {values.period === 'custom' && (
          <div className="row row--fields">
            <TextField label={strings.period.from} type="date" {...field('from')} />
            <TextField label={strings.period.to} type="date" {...field('to')} />
          </div>
        )}
        <Segments
          label={strings.statement.format}
          value={values.format}
          options={[
            ['pdf', strings.statement.pdf],
            ['csv', strings.statement.csv],
          ]}
          onChange={(format) => set('format', format)}
        />
        <FormFailure failure={failure} />
        {busy && (
          <div className="stack" role="status">
            <div className="progress" />
            <p className="soft small">
              {bytes === 0 ? strings.statement.preparing : strings.statement.receiving(size.format(bytes / 1000))}
            </p>
          </div>
        )}
        <div className="dialog__actions">
          <Button onClick={onClose}>{strings.actions.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {strings.statement.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function periodOf(choice: Choice, from: string, to: string): Period {
  if (choice === 'month') return month(0);
  if (choice === 'lastMonth') return month(1);
  return choice === 'custom' ? daysInclusive(from, to) : lastHours(30 * 24);
}

function lastDays(): { from: string; to: string } {
  const now = new Date();
  return { from: dateInput(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 29)), to: dateInput(now) };
}
