import { createHmac } from 'node:crypto';
import { createSecurityLog, type SecurityLog, type SecurityLogOptions } from '@mainstay/service';
import { canonicalEmail } from '@mainstay/text';

/**
 * Creates the security log. The log never shows an e-mail address. Instead, the log shows an HMAC of the address, and
 * `secret` is the key of the HMAC.
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

function accountHash(secret: string, email: string): string {
  return createHmac('sha256', secret)
    .update(`security log\n${canonicalEmail(email)}`)
    .digest('base64url')
    .slice(0, 22);
}
