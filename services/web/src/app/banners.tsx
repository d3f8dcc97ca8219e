import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { onRateLimit } from '../api/session-events.js';
import { Icon } from '../design/icon.js';
import { useOnline } from '../live/use-online.js';
import { useReader } from '../strings/language.js';
import { useCountdown } from '../time/use-countdown.js';

/** Shows a notice if the browser is offline, or if the platform limits the rate of requests. */
export function Banners() {
  const { strings } = useReader();
  const isOnline = useOnline();
  const pause = useRateLimitPause();
  return (
    <div role="status" className="banners">
      {!isOnline && (
        <div className="notice notice--warning">
          <Icon name="offline" />
          <p>{strings.states.offline}</p>
        </div>
      )}
      {isOnline && pause !== undefined && (
        <div className="notice notice--warning">
          <Icon name="clock" />
          <p className="tabular" aria-hidden="true">
            {strings.states.limited(pause)}
          </p>
          {/* Screen readers read this text once, not every second. */}
          <p className="visually-hidden">{strings.states.limitedTitle}</p>
        </div>
      )}
    </div>
  );
}

/** Returns the remaining time of the pause as text. After the pause, all failed reads are sent again. */
function useRateLimitPause(): string | undefined {
  const queryClient = useQueryClient();
  const [until, setUntil] = useState<number>();
  const { left, text } = useCountdown(until);
  useEffect(() => onRateLimit(setUntil), []);
  useEffect(() => {
    if (until === undefined || left > 0) return;
    void queryClient.refetchQueries({ predicate: ({ state }) => state.status === 'error' });
  }, [until, left, queryClient]);
  return left > 0 ? text : undefined;
}
