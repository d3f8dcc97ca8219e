import { getRouteApi, Link } from '@tanstack/react-router';
import { register } from '../../api/commands.js';
import { limits } from '../../api/limits.js';
import { PageTitle } from '../../app/page-title.js';
import { Button } from '../../design/button.js';
import { TextField } from '../../design/field.js';
import { FormFailure } from '../../forms/form-failure.js';
import { PasswordField } from '../../forms/password-field.js';
import { email, line, newPassword, refusedPassword } from '../../forms/rules.js';
import { useForm } from '../../forms/use-form.js';
import { useReader } from '../../strings/language.js';
import { Entrance } from './entrance.js';
import { useEntered } from './use-entered.js';

const route = getRouteApi('/register');

export function RegisterPage() {
  const { strings } = useReader();
  const { returnTo } = route.useSearch();
  const entered = useEntered(returnTo);
  const { field, formProps, busy, failure, values } = useForm({
    initial: { displayName: '', email: '', password: '' },
    validate: (typed) => ({
      displayName: line(limits.displayName)(typed.displayName, strings),
      email: email(typed.email, strings),
      password: newPassword(typed.password, strings, typed),
    }),
    submit: async ({ displayName, email: address, password }) =>
      entered(await register({ displayName: displayName.trim(), email: address.trim(), password })),
    fieldErrors: ({ code, errors }) => ({
      email:
        code === 'email_taken'
          ? strings.errors.email_taken
          : errors.some(({ path }) => path === 'email')
            ? strings.fields.email
            : undefined,
      password: refusedPassword(errors, 'password', strings),
    }),
  });
  return (
    <Entrance>
      <div>
        <PageTitle>{strings.register.title}</PageTitle>
        <p className="page__lead">{strings.register.lead}</p>
      </div>
      <form className="stack" {...formProps}>
        <TextField label={strings.register.displayName} autoComplete="name" {...field('displayName')} />
        <TextField
          label={strings.signIn.email}
          type="email"
          autoComplete="username"
          inputMode="email"
          {...field('email')}
        />
        <PasswordField
          label={strings.signIn.password}
          autoComplete="new-password"
          rulesFor={values.password}
          {...field('password')}
        />
        <FormFailure failure={failure} />
        <Button type="submit" look="primary" wide busy={busy}>
          {strings.register.submit}
        </Button>
      </form>
      <p>
        {strings.register.toSignIn}{' '}
        <Link to="/sign-in" search={returnTo === undefined ? {} : { returnTo }}>
          {strings.register.signIn}
        </Link>
      </p>
    </Entrance>
  );
}
