import { useReader } from '../strings/language.js';
import { formatDate, formatDateTime, formatTime } from '../time/format-time.js';

const formats = { date: formatDate, time: formatTime, both: formatDateTime };

export function Moment({ at, show = 'both' }: { at: string; show?: keyof typeof formats }) {
  const { locale } = useReader();
  return (
    <time dateTime={at} title={formatDateTime(at, locale)}>
      {formats[show](at, locale)}
    </time>
  );
}
