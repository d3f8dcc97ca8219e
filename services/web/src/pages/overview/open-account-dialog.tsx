import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { openAccount } from '../../api/commands.js';
import { limits } from '../../api/limits.js';
import { accountQuery } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Dialog } from '../../design/dialog.js';
import { SelectField, TextField } from '../../design/field.js';
import { useToast } from '../../design/toasts.js';
import { FormFailure } from '../../forms/form-failure.js';
import { line } from '../../forms/rules.js';
import { useForm } from '../../forms/use-form.js';
import { currencies } from '../../money/currencies.js';
import { useReader } from '../../strings/language.js';

const frequent = ['EUR', 'USD', 'GBP', 'CHF', 'JPY'];

export function OpenAccountDialog({ onClose }: { onClose: () => void }) {
  const { strings, locale } = useReader();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const { field, formProps, busy, failure } = useForm({
    initial: { name: '', currency: frequent[0] ?? 'EUR' },
    validate: ({ name }) => ({ name: line(limits.accountName)(name, strings) }),
    async submit({ name, currency }) {
      const account = await openAccount({ name: name.trim(), currency });
      queryClient.setQueryData(accountQuery(account.id).queryKey, account);
      void queryClient.invalidateQueries({ queryKey: ['accounts'], exact: true });
      toast(strings.openAccount.done(account.name));
      await navigate({ to: '/accounts/$accountId', params: { accountId: account.id } });
    },
  });
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  const option = (code: string) => (
    <option key={code} value={code}>
      {code} · {names.of(code)}
    </option>
  );
  return (
    <Dialog title={strings.openAccount.title} onClose={onClose}>
      <form className="stack" {...formProps}>
        <TextField
          label={strings.openAccount.name}
          hint={strings.openAccount.nameHint}
          placeholder={strings.openAccount.suggestion}
          autoFocus
          autoComplete="off"
          {...field('name')}
        />
        <SelectField label={strings.openAccount.currency} {...field('currency')}>
          <optgroup label={strings.openAccount.frequent}>{frequent.map(option)}</optgroup>
          <optgroup label={strings.openAccount.all}>
            {currencies.filter((code) => !frequent.includes(code)).map(option)}
          </optgroup>
        </SelectField>
        <FormFailure failure={failure} />
        <div className="dialog__actions">
          <Button onClick={onClose}>{strings.actions.cancel}</Button>
          <Button type="submit" look="primary" busy={busy}>
            {strings.openAccount.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
