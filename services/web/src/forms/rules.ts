import {
  canonicalEmail,
  countCharacters,
  lineProblem,
  passwordMessages,
  passwordProblem,
  presentPasswordProblem,
  type PasswordContext,
  type PasswordProblem,
} from '@mainstay/text';
import { limits } from '../api/limits.js';
import type { Strings } from '../strings/en.js';

/** The problem with a field's text, in the user's words; undefined if there is none. */
export type Rule = (value: string, strings: Strings) => string | undefined;

/** A text of one line, checked by the same rule as in the API. */
export function line({ maxLength }: { maxLength: number }): Rule {
  return (value, { fields }) => {
    const problem = lineProblem(value, { charactersMax: maxLength });
    if (problem === undefined) return undefined;
    if (problem === 'empty') return fields.required;
    return problem === 'too_long' ? fields.tooLong(maxLength) : fields.line[problem];
  };
}

/** The same for an optional field. */
export function optionalLine(bounds: { maxLength: number }): Rule {
  const rule = line(bounds);
  return (value, strings) => (value.trim() === '' ? undefined : rule(value, strings));
}

/** Checks only whether the e-mail is plausible; the server checks the rest. */
export const email: Rule = (value, { fields }) => {
  const text = canonicalEmail(value);
  if (text === '') return fields.required;
  if (countCharacters(text) > limits.email.maxLength) return fields.tooLong(limits.email.maxLength);
  return /^[^\s@]+@[^\s@.]+\.[^\s@]+$/.test(text) ? undefined : fields.email;
};

/** A new password. The server also compares it with the list of common ones. */
export function newPassword(value: string, strings: Strings, context: PasswordContext = {}): string | undefined {
  const problem = passwordProblem(value, context);
  return problem && passwordText(problem, strings);
}

export const presentPassword: Rule = (value, strings) => {
  const problem = presentPasswordProblem(value);
  return problem && passwordText(problem, strings);
};

/** Why the API refused the password of this field, in the user's words; undefined if it did not. */
export function refusedPassword(
  errors: readonly { path: string; message: string }[],
  path: string,
  strings: Strings,
): string | undefined {
  const refusal = errors.find((error) => error.path === path);
  if (!refusal) return undefined;
  const problems = Object.keys(passwordMessages) as PasswordProblem[];
  const problem = problems.find((known) => passwordMessages[known] === refusal.message);
  return problem ? passwordText(problem, strings) : strings.errors.invalid_request;
}

function passwordText(problem: PasswordProblem, { fields }: Strings): string {
  if (problem === 'empty') return fields.required;
  if (problem === 'too_short') return fields.tooShort(limits.password.minLength);
  return problem === 'too_long' ? fields.tooLong(limits.password.maxLength) : fields.password[problem];
}

/** A UUID of version 7, as pasted. */
export const accountId: Rule = (value, { fields }) => {
  const text = value.trim();
  if (text === '') return fields.required;
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(text)
    ? undefined
    : fields.accountId;
};
