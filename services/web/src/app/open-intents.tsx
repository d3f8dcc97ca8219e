import { useQuery } from '@tanstack/react-query';
import { accountsQuery } from '../api/queries.js';
import { Button } from '../design/button.js';
import { Icon } from '../design/icon.js';
import { useToast } from '../design/toasts.js';
import { isRepeatable, type Intent } from '../intents/intent.js';
import { useIntents, useOpenIntents } from '../intents/intents-context.js';
import { keyedWrite } from '../intents/keyed-writes.js';
import { useIntent } from '../intents/use-intent.js';
import { FormFailure } from '../forms/form-failure.js';
import { useReader } from '../strings/language.js';

/**
 * Shows a notice for each intent without a final reply, unless a form on the page is sending the intent. An intent is
 * an order of the user, for example a transfer.
 */
export function OpenIntents() {
  const intents = useOpenIntents();
  if (intents.length === 0) return null;
  return (
    <div className="banners">
      {intents.map((intent) => (
        <OpenIntent key={intent.key} intent={intent} />
      ))}
    </div>
  );
}

function OpenIntent({ intent }: { intent: Intent }) {
  const { strings, locale } = useReader();
  const { store } = useIntents();
  const toast = useToast();
  const { data: accounts = [] } = useQuery(accountsQuery);
  const { progress, send } = useIntent();
  const telling = keyedWrite(intent.kind).tell(intent.order, { accounts, strings, locale });
  const busy = progress.name === 'sending' || progress.name === 'waiting';
  return (
    <div className="notice notice--warning">
      <Icon name="clock" />
      <div className="notice__body">
        <p className="notice__title">{telling.open}</p>
        {progress.name === 'failed' && <FormFailure failure={progress.error} />}
        {isRepeatable(intent) ? (
          <>
            <p>{strings.intents.text}</p>
            <div className="row">
              <Button
                look="primary"
                busy={busy}
                onClick={() => void send(intent).then((reply) => reply && toast(telling.done))}
              >
                {strings.intents.finish}
              </Button>
            </div>
          </>
        ) : (
          <>
            <p>{strings.intents.tooOld}</p>
            <div className="row">
              <Button onClick={() => store.remove(intent.key)}>{strings.intents.forget}</Button>
            </div>
          </>
        )}
      </div>
    </div>
  );
}
