import { invalidField } from '@mainstay/errors';
import {
  canonicalPassword,
  passwordMessages,
  passwordProblem,
  repeatedUnit,
  type PasswordContext,
} from '@mainstay/text';

/** Passwords that attackers try first. The comparison ignores case. */
export interface CommonPasswords {
  has(password: string): boolean;
}

interface NewPassword extends PasswordContext {
  /** Name of the request field, for the error. */
  path: string;
  password: string;
}

/**
 * Checks a new password by the rules of NIST SP 800-63B-4 § 3.1.1.2.
 * @throws AppError invalid_request on the request field that `path` names
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
