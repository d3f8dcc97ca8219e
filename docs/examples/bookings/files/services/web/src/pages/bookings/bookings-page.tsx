import { useQuery } from '@tanstack/react-query';
import { bookingsQuery, type Booking } from '../../api/queries.js';
import { PageTitle } from '../../app/page-title.js';
import { Icon } from '../../design/icon.js';
import { Empty, QueryGate } from '../../design/states.js';
import { useReader } from '../../strings/language.js';
import { formatDate } from '../../time/format-time.js';
import { BookingForm } from './booking-form.js';
import { hourText } from './hour-text.js';

export function BookingsPage() {
  const { strings } = useReader();
  const bookings = useQuery(bookingsQuery);
  return (
    <>
      <div className="page__head">
        <div>
          <PageTitle>{strings.bookings.title}</PageTitle>
          <p className="page__lead">{strings.bookings.lead}</p>
        </div>
      </div>
      <div className="columns">
        <section className="card" aria-labelledby="bookings">
          <div className="card__head">
            <h2 id="bookings">{strings.bookings.mine}</h2>
          </div>
          <QueryGate query={bookings}>
            {bookings.data?.length === 0 && (
              <Empty icon="bookings" title={strings.bookings.emptyTitle} text={strings.bookings.emptyText} />
            )}
            <ul className="lines">
              {bookings.data?.map((booking) => (
                <BookingLine key={booking.id} booking={booking} />
              ))}
            </ul>
          </QueryGate>
        </section>
        <BookingForm />
      </div>
    </>
  );
}

function BookingLine({ booking: { room, day, fromHour, toHour } }: { booking: Booking }) {
  const { strings, locale } = useReader();
  return (
    <li className="line">
      <span className="line__sign">
        <Icon name="bookings" />
      </span>
      <div className="line__what">
        <p className="line__title">{strings.bookings.rooms[room]}</p>
        <p className="line__more">
          {formatDate(`${day}T00:00`, locale)} · {hourText(fromHour)}–{hourText(toHour)} UTC
        </p>
      </div>
    </li>
  );
}
