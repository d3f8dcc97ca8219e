import { createHmac } from 'node:crypto';
import { createSecurityLog, type SecurityLog, type SecurityLogOptions } from '@mainstay/service';
import { canonicalEmail } from '@mainstay/text';

/**
 * The gateway's security log. `secret` keys the hash of e-mails: the log does not reveal an e-mail, but a known one
 * can be found.
 */
export function createGatewaySecurityLog({
  secret,
  ...options
}: Pick<SecurityLogOptions, 'log' | 'metrics' | 'nowMs'> & { secret: string }): SecurityLog {
  return createSecurityLog({
    ...options,
    accountOf: (email) => accountHash(secret, email),
    expected: [
      { event: 'sign_in', outcome: 'succeeded' },
      { event: 'sign_in', outcome: 'failed', reason: 'invalid_credentials' },
    ],
  });
}

/** The hash that identifies an e-mail in the log, in any of its spellings. */
function accountHash(secret: string, email: string): string {
  return createHmac('sha256', secret)
    .update(`security log\n${canonicalEmail(email)}`)
    .digest('base64url')
    .slice(0, 22);
}
