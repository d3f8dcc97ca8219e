import { useEffect, useRef } from 'react';
import type { Account, Transfer } from '../../api/queries.js';
import { Button, ButtonLink } from '../../design/button.js';
import { Icon } from '../../design/icon.js';
import { Moment } from '../../design/moment.js';
import { shortId } from '../../live/short-id.js';
import { formatMoney } from '../../money/money.js';
import { useReader } from '../../strings/language.js';
import { AccountName, Fact } from './fact.js';

interface ReceiptProps {
  accounts: Account[];
  transfer: Transfer;
  onAnother: () => void;
}

export function Receipt({ accounts, transfer, onAnother }: ReceiptProps) {
  const { strings, locale } = useReader();
  const { amount, currency, toAccountId, fromAccountId, memo, createdAt, id } = transfer;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const to = accounts.find((account) => account.id === toAccountId)?.name ?? shortId(toAccountId);
  return (
    <div className="stack">
      <div className="transfer__done">
        <span className="transfer__tick">
          <Icon name="check" />
        </span>
        <h2 ref={heading} tabIndex={-1}>
          {strings.transfer.doneTitle}
        </h2>
        <p>{strings.transfer.doneText(formatMoney(amount, currency, locale), to)}</p>
      </div>
      <dl className="facts">
        <Fact name={strings.transfer.from}>
          <AccountName id={fromAccountId} accounts={accounts} />
        </Fact>
        <Fact name={strings.transfer.to}>
          <AccountName id={toAccountId} accounts={accounts} />
        </Fact>
        {memo !== null && <Fact name={strings.transfer.memo}>{memo}</Fact>}
        <Fact name={strings.activity.when}>
          <Moment at={createdAt} />
        </Fact>
        <Fact name={strings.transfer.reference}>
          <span className="mono">{id}</span>
        </Fact>
      </dl>
      <div className="transfer__actions">
        <ButtonLink to="/accounts/$accountId" params={{ accountId: fromAccountId }}>
          {strings.transfer.toAccount}
        </ButtonLink>
        <Button look="primary" onClick={onAnother}>
          {strings.transfer.another}
        </Button>
      </div>
    </div>
  );
}
