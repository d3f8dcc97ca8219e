import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { changePassword } from '../../api/commands.js';
import { sessionQuery, sessionsQuery } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { useToast } from '../../design/toasts.js';
import { FormFailure } from '../../forms/form-failure.js';
import { PasswordField } from '../../forms/password-field.js';
import { newPassword, presentPassword, refusedPassword } from '../../forms/rules.js';
import { useForm } from '../../forms/use-form.js';
import { useReader } from '../../strings/language.js';

export function PasswordChange() {
  const { strings } = useReader();
  const [round, setRound] = useState(0);
  return (
    <section className="card" aria-labelledby="password">
      <div className="card__head">
        <h2 id="password">{strings.security.password}</h2>
      </div>
      <p className="card__text">{strings.security.passwordText}</p>
      {/* After each password change, the property `key` gets a new value, so React creates an empty form. */}
      <PasswordForm key={round} onChanged={() => setRound(round + 1)} />
    </section>
  );
}

function PasswordForm({ onChanged }: { onChanged: () => void }) {
  const { strings } = useReader();
  const queryClient = useQueryClient();
  const toast = useToast();
  const user = queryClient.getQueryData(sessionQuery.queryKey)?.user;
  const { field, formProps, busy, failure, values } = useForm({
    initial: { currentPassword: '', newPassword: '' },
    validate: (typed) => ({
      currentPassword: presentPassword(typed.currentPassword, strings),
      newPassword: newPassword(typed.newPassword, strings, user),
    }),
    async submit(typed) {
      await changePassword(typed);
      void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
      toast(strings.security.changed);
      onChanged();
    },
    fieldErrors: ({ errors }) => ({
      currentPassword: errors.some(({ path }) => path === 'currentPassword') ? strings.fields.wrongPassword : undefined,
      newPassword: refusedPassword(errors, 'newPassword', strings),
    }),
  });
  return (
    <form className="stack" {...formProps}>
      {/* Password managers read the user's email address from this hidden field. */}
      <input
        className="visually-hidden"
        type="email"
        autoComplete="username"
        value={user?.email ?? ''}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <PasswordField
        label={strings.security.currentPassword}
        autoComplete="current-password"
        {...field('currentPassword')}
      />
      <PasswordField
        label={strings.security.newPassword}
        autoComplete="new-password"
        rulesFor={values.newPassword}
        {...field('newPassword')}
      />
      <FormFailure failure={failure} />
      <Button type="submit" look="primary" busy={busy}>
        {strings.security.submit}
      </Button>
    </form>
  );
}
