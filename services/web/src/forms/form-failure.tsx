import { ApiError } from '../api/api-error.js';
import { Icon } from '../design/icon.js';
import { errorText } from '../strings/error-text.js';
import { useReader } from '../strings/language.js';
import { useCountdown } from '../time/use-countdown.js';

/** Shows why a submission failed. If the platform requires a wait, a countdown is shown. */
export function FormFailure({ failure }: { failure: unknown }) {
  const { strings } = useReader();
  const error = failure instanceof ApiError ? failure : undefined;
  const { left, text } = useCountdown(error?.retryAt);
  if (failure === undefined) return null;
  const isPause = error?.code === 'rate_limited';
  return (
    <div className={`notice notice--${isPause ? 'warning' : 'danger'}`} role="alert">
      <Icon name={isPause ? 'clock' : 'alert'} />
      <div className="notice__body">
        <p className="notice__title">{errorText(failure, strings)}</p>
        {left > 0 && <p className="money">{strings.states.nextTry(text)}</p>}
        {error?.code === 'internal' && error.requestId && (
          <p className="small mono">{strings.states.requestId(error.requestId)}</p>
        )}
      </div>
    </div>
  );
}
