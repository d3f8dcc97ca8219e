import { limits } from '../api/limits.js';
import type { Strings } from '../strings/en.js';

/** What is wrong with a field's text, as the person is told; undefined where nothing is. */
export type Rule = (value: string, strings: Strings) => string | undefined;

/** One line for people, as the API takes it: trimmed, no control characters. */
export function line(bounds: { minLength: number; maxLength: number }): Rule {
  return (value, { fields }) => {
    const text = value.trim();
    if (text.length < bounds.minLength) return fields.required;
    if (text.length > bounds.maxLength) return fields.tooLong(bounds.maxLength);
    return /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text) ? fields.line : undefined;
  };
}

/** The same where it may be left out. */
export function optionalLine(bounds: { minLength: number; maxLength: number }): Rule {
  const rule = line(bounds);
  return (value, strings) => (value.trim() === '' ? undefined : rule(value, strings));
}

/** Plausible, no more: whether it exists is the server's to find out. */
export const email: Rule = (value, { fields }) => {
  const text = value.trim();
  if (text === '') return fields.required;
  if (text.length > limits.email.maxLength) return fields.tooLong(limits.email.maxLength);
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : fields.email;
};

/** Spaces at its ends belong to it. */
export const newPassword: Rule = (value, { fields }) => {
  if (value === '') return fields.required;
  if (value.length < limits.password.minLength) return fields.tooShort(limits.password.minLength);
  return value.length > limits.password.maxLength ? fields.tooLong(limits.password.maxLength) : undefined;
};

export const presentPassword: Rule = (value, { fields }) => {
  if (value === '') return fields.required;
  return value.length > limits.password.maxLength ? fields.tooLong(limits.password.maxLength) : undefined;
};

/** A UUID of version 7, as pasted. */
export const accountId: Rule = (value, { fields }) => {
  const text = value.trim();
  if (text === '') return fields.required;
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(text)
    ? undefined
    : fields.accountId;
};
