import { getRouteApi, Link } from '@tanstack/react-router';
import { signIn } from '../../api/commands.js';
import { PageTitle } from '../../app/page-title.js';
import { Button } from '../../design/button.js';
import { TextField } from '../../design/field.js';
import { Icon } from '../../design/icon.js';
import { FormFailure } from '../../forms/form-failure.js';
import { PasswordField } from '../../forms/password-field.js';
import { email, presentPassword } from '../../forms/rules.js';
import { useForm } from '../../forms/use-form.js';
import { useReader } from '../../strings/language.js';
import { demoUsers } from './demo-users.js';
import { Entrance } from './entrance.js';
import { useEntered } from './use-entered.js';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { strings } = useReader();
  const { returnTo, ended } = route.useSearch();
  const entered = useEntered(returnTo);
  const { field, formProps, busy, failure, set } = useForm({
    initial: { email: '', password: '' },
    validate: (values) => ({
      email: email(values.email, strings),
      password: presentPassword(values.password, strings),
    }),
    submit: async (values) => entered(await signIn({ email: values.email.trim(), password: values.password })),
  });
  return (
    <Entrance>
      <div>
        <PageTitle>{strings.signIn.title}</PageTitle>
        <p className="page__lead">{strings.signIn.lead}</p>
      </div>
      {ended && (
        <div className="notice" role="status">
          <Icon name="key" />
          <p>{strings.signIn.ended}</p>
        </div>
      )}
      <form className="stack" {...formProps}>
        <TextField
          label={strings.signIn.email}
          type="email"
          autoComplete="username"
          inputMode="email"
          {...field('email')}
        />
        <PasswordField label={strings.signIn.password} autoComplete="current-password" {...field('password')} />
        <FormFailure failure={failure} />
        <Button type="submit" look="primary" wide busy={busy}>
          {strings.signIn.submit}
        </Button>
      </form>
      {demoUsers.length > 0 && (
        <div className="notice">
          <Icon name="person" />
          <div className="stack">
            <p>{strings.signIn.demo}</p>
            {demoUsers.map((user) => (
              <Button
                key={user.email}
                onClick={() => {
                  set('email', user.email);
                  set('password', user.password);
                }}
              >
                {user.email}
              </Button>
            ))}
          </div>
        </div>
      )}
      <p>
        {strings.signIn.toRegister}{' '}
        <Link to="/register" search={returnTo === undefined ? {} : { returnTo }}>
          {strings.signIn.register}
        </Link>
      </p>
    </Entrance>
  );
}
