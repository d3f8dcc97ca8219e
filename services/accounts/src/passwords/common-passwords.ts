import { dictionary } from '@zxcvbn-ts/language-common';
import type { CommonPasswords } from '../domain/password-rule.js';

/** The list of zxcvbn-ts: about 50,000 passwords from breaches, in lower case. */
export function createCommonPasswords(): CommonPasswords {
  const passwords = new Set(dictionary['passwords-common']);
  return { has: (password) => passwords.has(password.toLowerCase()) };
}
