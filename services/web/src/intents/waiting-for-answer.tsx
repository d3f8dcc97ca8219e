import { Button } from '../design/button.js';
import { Icon } from '../design/icon.js';
import type { IntentProgress } from './use-intent.js';
import { errorText } from '../strings/error-text.js';
import { useReader } from '../strings/language.js';
import { useCountdown } from '../time/use-countdown.js';

interface WaitingForAnswerProps {
  progress: Extract<IntentProgress, { name: 'waiting' }>;
  sendNow: () => void;
}

/**
 * Tells the user that no final reply to the payment has arrived. The text also says that the user pays only once in
 * total, even if the browser sends the payment again.
 */
export function WaitingForAnswer({ progress, sendNow }: WaitingForAnswerProps) {
  const { strings } = useReader();
  const { left, text } = useCountdown(progress.until);
  const isOffline = progress.reason.code === 'unreachable' && !navigator.onLine;
  return (
    <div className="notice notice--warning" role="status">
      <Icon name={isOffline ? 'offline' : 'clock'} />
      <div className="notice__body">
        <p className="notice__title">{isOffline ? strings.transfer.offlineTitle : strings.transfer.waitingTitle}</p>
        <p>
          {isOffline
            ? strings.transfer.offlineText
            : `${errorText(progress.reason, strings)} ${strings.transfer.waitingText}`}
        </p>
        {!isOffline && (
          <div className="row">
            {progress.reason.code !== 'rate_limited' && <Button onClick={sendNow}>{strings.transfer.sendNow}</Button>}
            {left > 0 && (
              <span className="money" aria-hidden="true">
                {strings.states.nextTry(text)}
              </span>
            )}
          </div>
        )}
      </div>
    </div>
  );
}
