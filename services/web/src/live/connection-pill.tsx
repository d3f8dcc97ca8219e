import { useReader } from '../strings/language.js';
import { useCountdown } from '../time/use-countdown.js';
import { useFeedState } from './live-feed-provider.js';
import { useOnline } from './use-online.js';

/** Shows the state of the live feed. Screen readers announce a change, but not the countdown. */
export function ConnectionPill() {
  const { strings } = useReader();
  const state = useFeedState();
  const isOnline = useOnline();
  const { text, left } = useCountdown(state.name === 'waiting' ? state.until : undefined);
  const { connection } = strings;
  // The feed can take 45 seconds to notice a lost connection, so show the browser's report at once.
  const name = isOnline || state.name === 'ended' ? state.name : 'offline';
  const words = name === 'waiting' ? (left > 0 ? connection.waiting(text) : connection.connecting) : connection[name];
  const isLive = name === 'live';
  return (
    <span className={`pill pill--${isLive ? 'good' : 'warning'}`} title={connection.hint} data-connection={name}>
      <span className="pill__dot" aria-hidden="true" />
      <span aria-hidden="true">{words}</span>
      <span className="visually-hidden" role="status">
        {connection[name === 'waiting' ? 'connecting' : name]}
      </span>
    </span>
  );
}
