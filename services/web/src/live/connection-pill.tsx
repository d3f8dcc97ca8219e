import { useReader } from '../strings/language.js';
import { useCountdown } from '../time/use-countdown.js';
import { useFeedState } from './live-feed-provider.js';

/** Whether what is seen is live. Changes are read out; the seconds are not. */
export function ConnectionPill() {
  const { strings } = useReader();
  const state = useFeedState();
  const { text, left } = useCountdown(state.name === 'waiting' ? state.until : undefined);
  const { connection } = strings;
  const isLive = state.name === 'live';
  const words =
    state.name === 'waiting' && !state.offline
      ? left > 0
        ? connection.waiting(text)
        : connection.connecting
      : connection[state.name === 'waiting' ? 'offline' : state.name];
  return (
    <span className={`pill pill--${isLive ? 'good' : 'warning'}`} title={connection.hint} data-connection={state.name}>
      <span className="pill__dot" aria-hidden="true" />
      <span aria-hidden="true">{words}</span>
      <span className="visually-hidden" role="status">
        {isLive ? connection.live : connection[state.name === 'ended' ? 'ended' : 'connecting']}
      </span>
    </span>
  );
}
