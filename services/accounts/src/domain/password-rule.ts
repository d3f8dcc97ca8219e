import { invalidField } from '@mainstay/errors';
import {
  canonicalPassword,
  passwordMessages,
  passwordProblem,
  repeatedUnit,
  type PasswordContext,
} from '@mainstay/text';

/** The passwords that attackers try first. Case makes no difference. */
export interface CommonPasswords {
  has(password: string): boolean;
}

interface NewPassword extends PasswordContext {
  /** The field that a refusal names. */
  path: string;
  password: string;
}

/**
 * Compares a new password with the rules of NIST SP 800-63B-4 § 3.1.1.2: length, context, and the list of common passwords, alone or repeated.
 * @throws AppError invalid_request on `path`, saying which rule refused it
 */
export function assertNewPassword(
  { commonPasswords }: { commonPasswords: CommonPasswords },
  { path, password, ...context }: NewPassword,
): void {
  const problem = passwordProblem(password, context) ?? (isCommon(commonPasswords, password) ? 'common' : undefined);
  if (problem !== undefined) throw invalidField(path, passwordMessages[problem]);
}

function isCommon(commonPasswords: CommonPasswords, password: string): boolean {
  const folded = canonicalPassword(password).toLowerCase();
  const unit = repeatedUnit(folded);
  return commonPasswords.has(folded) || (unit !== undefined && commonPasswords.has(unit));
}
