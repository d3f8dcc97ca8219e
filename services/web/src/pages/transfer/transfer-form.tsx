import { canonicalLine, countCharacters } from '@mainstay/text';
import { limits } from '../../api/limits.js';
import type { Account } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Segments, SelectField, TextField } from '../../design/field.js';
import { AmountField, amountRule, readAmount } from '../../forms/amount-field.js';
import { accountId, optionalLine } from '../../forms/rules.js';
import { useForm } from '../../forms/use-form.js';
import type { TransferOrder } from '../../intents/keyed-writes.js';
import { formatMoney } from '../../money/money.js';
import type { Strings } from '../../strings/en.js';
import { useReader } from '../../strings/language.js';
import { ownTargets, type TransferDraft } from './transfer-draft.js';

interface TransferFormProps {
  accounts: Account[];
  draft: TransferDraft;
  onReview: (draft: TransferDraft, order: TransferOrder) => void;
}

export function TransferForm({ accounts, draft, onReview }: TransferFormProps) {
  const { strings, locale } = useReader();
  const { field, set, values, formProps } = useForm<TransferDraft>({
    initial: draft,
    validate: (typed) => mistakesOf(typed, accounts, locale, strings),
    submit(typed) {
      const { currency } = sourceOf(accounts, typed.from);
      if (currency === '') return Promise.resolve(); // never true, because `validate` requires a source account
      const amount = readAmount(typed.amount, currency, locale) ?? 0;
      const memo = typed.memo.trim();
      const toAccountId = typed.target === 'own' ? typed.own : typed.other.trim().toLowerCase();
      const order = { fromAccountId: typed.from, toAccountId, amount, currency };
      onReview(typed, { ...order, ...(memo !== '' && { memo }) });
      return Promise.resolve();
    },
  });
  const source = sourceOf(accounts, values.from);
  const targets = ownTargets(accounts, values.from);
  const memoLeft = limits.memo.maxLength - countCharacters(canonicalLine(values.memo));
  const option = ({ id, name, balance, currency }: Account) => (
    <option key={id} value={id}>
      {name} · {formatMoney(balance, currency, locale)}
    </option>
  );
  return (
    <form className="stack" {...formProps}>
      <SelectField label={strings.transfer.from} {...field('from')}>
        {values.from === '' && <option value="">{strings.transfer.chooseAccount}</option>}
        {accounts.map(option)}
      </SelectField>
      <Segments
        label={strings.transfer.to}
        value={values.target}
        options={[
          ['other', strings.transfer.toOther],
          ['own', strings.transfer.toOwn],
        ]}
        onChange={(target) => set('target', target)}
      />
      {values.target === 'other' && (
        <TextField
          label={strings.transfer.accountId}
          hint={strings.transfer.accountIdHint}
          autoComplete="off"
          spellCheck={false}
          autoCapitalize="none"
          className="mono"
          {...field('other')}
        />
      )}
      {values.target === 'own' && values.from !== '' && targets.length === 0 && (
        <p className="notice">{strings.transfer.needTwo}</p>
      )}
      {values.target === 'own' && targets.length > 0 && (
        <SelectField label={strings.transfer.toOwn} {...field('own')}>
          <option value="" />
          {targets.map(option)}
        </SelectField>
      )}
      <AmountField label={strings.transfer.amount} currency={source.currency} {...field('amount')} />
      <TextField
        label={strings.transfer.memo}
        aside={memoLeft < 40 ? strings.transfer.charactersLeft(memoLeft) : strings.transfer.optional}
        hint={strings.transfer.memoHint}
        autoComplete="off"
        {...field('memo')}
      />
      <div className="transfer__actions">
        <Button type="submit" look="primary">
          {strings.transfer.review}
        </Button>
      </div>
    </form>
  );
}

function mistakesOf(typed: TransferDraft, accounts: Account[], locale: string, strings: Strings) {
  const { balance, currency } = sourceOf(accounts, typed.from);
  if (currency === '') return { from: strings.fields.required };
  const amount = readAmount(typed.amount, currency, locale);
  const tooMuch = amount !== undefined && amount > balance;
  const isSame = typed.other.trim().toLowerCase() === typed.from;
  return {
    ...(typed.target === 'other' && {
      other: accountId(typed.other, strings) ?? (isSame ? strings.fields.sameAccount : undefined),
    }),
    ...(typed.target === 'own' && {
      own: ownTargets(accounts, typed.from).some(({ id }) => id === typed.own) ? undefined : strings.fields.required,
    }),
    amount:
      amountRule(typed.amount, currency, locale, strings) ??
      (tooMuch ? strings.fields.moreThanBalance(formatMoney(balance, currency, locale)) : undefined),
    memo: optionalLine(limits.memo)(typed.memo, strings),
  };
}

function sourceOf(accounts: Account[], id: string): Pick<Account, 'balance' | 'currency'> {
  return accounts.find((account) => account.id === id) ?? { balance: 0, currency: '' };
}
