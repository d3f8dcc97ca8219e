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

/** Returns the error message for the text of a field, or undefined if the text is valid. */
export type Rule = (value: string, strings: Strings) => string | undefined;

/** Checks a text of one line. The API uses the same rule. */
export function line({ maxLength }: { maxLength: number }): Rule {
  return (value, { fields }) => {
    const problem = lineProblem(value, { charactersMax: maxLength });
    if (problem === undefined) return undefined;
    if (problem === 'empty') return fields.required;
    return problem === 'too_long' ? fields.tooLong(maxLength) : fields.line[problem];
  };
}

/** Checks an optional text of one line. An empty text is valid. */
export function optionalLine(bounds: { maxLength: number }): Rule {
  const rule = line(bounds);
  return (value, strings) => (value.trim() === '' ? undefined : rule(value, strings));
}

/** Checks only the length of the e-mail address and whether it looks like an address. The API checks the details. */
export const email: Rule = (value, { fields }) => {
  const text = canonicalEmail(value);
  if (text === '') return fields.required;
  if (countCharacters(text) > limits.email.maxLength) return fields.tooLong(limits.email.maxLength);
  return /^[^\s@]+@[^\s@.]+\.[^\s@]+$/.test(text) ? undefined : fields.email;
};

/** Checks a new password. Only the API refuses common passwords. */
export function newPassword(value: string, strings: Strings, context: PasswordContext = {}): string | undefined {
  const problem = passwordProblem(value, context);
  return problem && passwordText(problem, strings);
}

export const presentPassword: Rule = (value, strings) => {
  const problem = presentPasswordProblem(value);
  return problem && passwordText(problem, strings);
};

/** Returns the error message for a password that the API refused in the field `path`. */
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

/** Accepts a UUID of version 7. Spaces around the id are ignored, because users paste the id. */
export const accountId: Rule = (value, { fields }) => {
  const text = value.trim();
  if (text === '') return fields.required;
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(text)
    ? undefined
    : fields.accountId;
};
