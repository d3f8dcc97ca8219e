import './password-field.css';
import { canonicalPassword, countCharacters } from '@mainstay/text';
import { useState, type ComponentProps } from 'react';
import { limits } from '../api/limits.js';
import { Button } from '../design/button.js';
import { TextField } from '../design/field.js';
import { Icon } from '../design/icon.js';
import { useReader } from '../strings/language.js';

interface PasswordFieldProps extends Omit<ComponentProps<typeof TextField>, 'type' | 'after' | 'hint'> {
  /** The new password that the user types. If `rulesFor` is present, the field shows the password rules. */
  rulesFor?: string;
}

export function PasswordField({ rulesFor, ...field }: PasswordFieldProps) {
  const { strings } = useReader();
  const [isShown, setShown] = useState(false);
  const name = isShown ? strings.register.hidePassword : strings.register.showPassword;
  return (
    <TextField
      {...field}
      type={isShown ? 'text' : 'password'}
      spellCheck={false}
      autoCapitalize="none"
      hint={rulesFor !== undefined && <PasswordRules password={rulesFor} />}
      after={
        <Button look="quiet" iconOnly aria-label={name} title={name} onClick={() => setShown(!isShown)}>
          <Icon name={isShown ? 'eye-off' : 'eye'} />
        </Button>
      }
    />
  );
}

function PasswordRules({ password }: { password: string }) {
  const { strings } = useReader();
  const { minLength, maxLength } = limits.password;
  const { ruleLength, ruleLimit, ruleAdvice, ruleMet, ruleOpen } = strings.register;
  const characters = countCharacters(canonicalPassword(password));
  const rules: [string, boolean][] = [[ruleLength(minLength), characters >= minLength]];
  if (characters > maxLength) rules.push([ruleLimit(maxLength), false]);
  return (
    <>
      <ul className="rules">
        {rules.map(([text, met]) => (
          <li key={text} className={met ? 'rules__rule rules__rule--met' : 'rules__rule'}>
            <span className="rules__sign">{met && <Icon name="check" />}</span>
            {text} <span className="visually-hidden">({met ? ruleMet : ruleOpen})</span>
          </li>
        ))}
      </ul>
      <p>{ruleAdvice}</p>
    </>
  );
}
