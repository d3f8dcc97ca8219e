import { useEffect, useRef } from 'react';
import type { Account, Transfer } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Icon } from '../../design/icon.js';
import { Money } from '../../design/money.js';
import { FormFailure } from '../../forms/form-failure.js';
import { useIntent } from '../../intents/use-intent.js';
import { WaitingForAnswer } from '../../intents/waiting-for-answer.js';
import { formatMoney } from '../../money/money.js';
import { useReader } from '../../strings/language.js';
import { AccountName, Fact } from './fact.js';
import type { TransferIntent } from './transfer-draft.js';

interface ReviewStepProps {
  accounts: Account[];
  intent: TransferIntent;
  onChange: () => void;
  onDone: (transfer: Transfer) => void;
}

/** Shows the transfer to the user before the transfer is sent. Every press of the button sends the same intent. */
export function ReviewStep({ accounts, intent, onChange, onDone }: ReviewStepProps) {
  const { strings, locale } = useReader();
  const { progress, send, sendNow } = useIntent({ holds: true });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { fromAccountId, toAccountId, amount, currency, memo } = intent.order;
  const from = accounts.find(({ id }) => id === fromAccountId);
  const busy = progress.name === 'sending' || progress.name === 'waiting';
  return (
    <div className="stack">
      <div>
        <h2 ref={heading} tabIndex={-1}>
          {strings.transfer.reviewTitle}
        </h2>
        <p className="soft">{strings.transfer.reviewText}</p>
      </div>
      <p className="transfer__amount">
        <Money amount={amount} currency={currency} />
      </p>
      <dl className="facts">
        <Fact name={strings.transfer.from}>{from?.name ?? fromAccountId}</Fact>
        <Fact name={strings.transfer.to}>
          <AccountName id={toAccountId} accounts={accounts} />
        </Fact>
        {memo && <Fact name={strings.transfer.memo}>{memo}</Fact>}
        {from && !busy && (
          <Fact name={strings.transfer.balanceAfter}>
            <Money amount={from.balance - amount} currency={currency} />
          </Fact>
        )}
      </dl>
      {progress.name === 'failed' && <FormFailure failure={progress.error} />}
      {progress.name === 'waiting' && <WaitingForAnswer progress={progress} sendNow={sendNow} />}
      <div className="transfer__actions">
        {!busy && (
          <Button onClick={onChange}>
            <Icon name="back" />
            {strings.transfer.change}
          </Button>
        )}
        <Button
          look="primary"
          busy={busy}
          onClick={() => void send(intent).then((transfer) => transfer && onDone(transfer))}
        >
          {busy ? strings.transfer.sending : strings.transfer.confirm(formatMoney(amount, currency, locale))}
        </Button>
      </div>
    </div>
  );
}
