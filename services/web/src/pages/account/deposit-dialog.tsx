import { useRef } from 'react';
import type { Account } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Dialog } from '../../design/dialog.js';
import { useToast } from '../../design/toasts.js';
import { AmountField, amountRule, readAmount } from '../../forms/amount-field.js';
import { FormFailure } from '../../forms/form-failure.js';
import { useForm } from '../../forms/use-form.js';
import { newIntent, type Intent } from '../../intents/intent.js';
import { useIntent } from '../../intents/use-intent.js';
import { formatMoney } from '../../money/money.js';
import { useReader } from '../../strings/language.js';
import { WaitingForAnswer } from '../../intents/waiting-for-answer.js';

export function DepositDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { strings, locale } = useReader();
  const toast = useToast();
  const { currency } = account;
  const { progress, send, sendNow } = useIntent({ holds: true });
  const intent = useRef<Intent<'deposit'>>(undefined);
  const { field, formProps } = useForm({
    initial: { amount: '' },
    validate: ({ amount }) => ({ amount: amountRule(amount, currency, locale, strings) }),
    async submit({ amount: typed }) {
      const amount = readAmount(typed, currency, locale);
      if (amount === undefined) return;
      // A failed attempt may have made the deposit. To not repeat it, the same amount is sent with the same key.
      const open = intent.current;
      const isSame = open?.order.amount === amount && progress.name === 'failed';
      intent.current = isSame ? open : newIntent('deposit', { accountId: account.id, amount, currency });
      if (!(await send(intent.current))) return;
      toast(strings.deposit.done(formatMoney(amount, currency, locale)));
      onClose();
    },
  });
  return (
    <Dialog title={strings.deposit.title} onClose={onClose}>
      <p className="soft">{strings.deposit.text}</p>
      <form className="stack" {...formProps}>
        <AmountField label={strings.deposit.amount} currency={currency} autoFocus {...field('amount')} />
        {progress.name === 'failed' && <FormFailure failure={progress.error} />}
        {progress.name === 'waiting' && <WaitingForAnswer progress={progress} sendNow={sendNow} />}
        <div className="dialog__actions">
          <Button onClick={onClose}>{strings.actions.cancel}</Button>
          <Button type="submit" look="primary" busy={progress.name === 'sending' || progress.name === 'waiting'}>
            {strings.deposit.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
