import { useRef } from 'react';
import { ApiError } from '../../api/api-error.js';
import type { Booking } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { SelectField, TextField } from '../../design/field.js';
import { useToast } from '../../design/toasts.js';
import { FormFailure } from '../../forms/form-failure.js';
import { useForm } from '../../forms/use-form.js';
import { newIntent, type Intent } from '../../intents/intent.js';
import { useIntent } from '../../intents/use-intent.js';
import { WaitingForAnswer } from '../../intents/waiting-for-answer.js';
import { useReader } from '../../strings/language.js';
import { isDay } from '../../time/period.js';
import { hourText } from './hour-text.js';

const HOURS = Array.from({ length: 25 }, (_, hour) => hour);

/**
 * A form that books a room. If the user repeats a failed booking, the form sends the same idempotency key. So the
 * platform books the room at most once.
 */
export function BookingForm() {
  const { strings } = useReader();
  const { bookings, fields } = strings;
  const toast = useToast();
  const { progress, send, sendNow } = useIntent({ holds: true });
  const intent = useRef<Intent<'booking'>>(undefined);
  const { field, set, formProps } = useForm({
    initial: { room: 'garden', day: '', from: '9', to: '10' },
    validate: ({ day, from, to }) => ({
      day: isDay(day) ? undefined : fields.day,
      to: Number(to) > Number(from) ? undefined : bookings.order,
    }),
    async submit({ room: chosen, day, from, to }) {
      const room = chosen as Booking['room'];
      const order = { room, day, fromHour: Number(from), toHour: Number(to) };
      // A booking can succeed although the response is lost. So if the user submits the same booking again after a
      // failure, the form reuses the idempotency key.
      const open = intent.current;
      const isSame = progress.name === 'failed' && JSON.stringify(open?.order) === JSON.stringify(order);
      intent.current = open && isSame ? open : newIntent('booking', order);
      if (!(await send(intent.current))) return;
      toast(bookings.done(bookings.rooms[room]));
      set('day', '');
    },
  });
  const isTaken =
    progress.name === 'failed' && progress.error instanceof ApiError && progress.error.code === 'invalid_request';
  return (
    <section className="card" aria-labelledby="book">
      <div className="card__head">
        <h2 id="book">{bookings.book}</h2>
      </div>
      <form className="stack" {...formProps}>
        <SelectField label={bookings.room} {...field('room')}>
          {Object.entries(bookings.rooms).map(([room, name]) => (
            <option key={room} value={room}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField label={bookings.day} type="date" {...field('day')} />
        <SelectField label={bookings.from} {...field('from')}>
          {HOURS.slice(0, -1).map((hour) => (
            <option key={hour} value={hour}>
              {hourText(hour)}
            </option>
          ))}
        </SelectField>
        <SelectField label={bookings.to} {...field('to')}>
          {HOURS.slice(1).map((hour) => (
            <option key={hour} value={hour}>
              {hourText(hour)}
            </option>
          ))}
        </SelectField>
        {isTaken && <p role="alert">{bookings.taken}</p>}
        {progress.name === 'failed' && !isTaken && <FormFailure failure={progress.error} />}
        {progress.name === 'waiting' && <WaitingForAnswer progress={progress} sendNow={sendNow} />}
        <Button type="submit" look="primary" busy={progress.name === 'sending' || progress.name === 'waiting'}>
          {bookings.submit}
        </Button>
      </form>
    </section>
  );
}
