import { isIP } from 'node:net';
import { flag, integer, list, secretList, text, url } from '@mainstay/config';
import { originOf, siteOf } from '@mainstay/hardening';
import { redisSettings, serviceSettings } from '@mainstay/service';
import { z } from 'zod';

const proxyNames = new Set(['loopback', 'linklocal', 'uniquelocal']);
const TRUST_PROXY_RULE = 'must be a number of hops, or addresses and CIDR blocks separated by commas';

/** The value of Express' `trust proxy`: no proxy, a number of hops, or the addresses of the proxies. */
const trustProxy = text()
  .default('')
  .transform((value, context): false | number | string[] => {
    if (value.trim() === '') return false;
    if (/^\d{1,2}$/.test(value.trim())) return Number(value);
    const proxies = value.split(',').map((part) => part.trim());
    if (!proxies.every(isProxy)) context.addIssue({ code: 'custom', message: TRUST_PROXY_RULE });
    return proxies;
  });

/**
 * Default of the setting SESSION_COOKIE_NAME. The API document always shows this default, even if the setting has a
 * different value.
 */
export const DEFAULT_COOKIE_NAME = 'mainstay.sid';

export const configSchema = z
  .object({
    ...serviceSettings({ port: 3000, managementPort: 3900 }),
    ...redisSettings('sessions, limits and events'),
    accountsUrl: url().default('http://127.0.0.1:3001').describe('URL of the accounts service.'),
    activityUrl: url().default('http://127.0.0.1:3002').describe('URL of the activity service.'),
    upstreamConnectionsMax: integer({ min: 1, max: 10_000 })
      .default(128)
      .describe(
        'Highest number of concurrent requests to each service, without live feeds. Each request uses a connection.',
      ),
    upstreamWaitingMax: integer({ min: 0, max: 10_000 })
      .default(128)
      .describe('Requests to each service that may wait for a connection, for at most a second.'),
    upstreamFailuresMax: integer({ min: 1, max: 1_000 })
      .default(10)
      .describe(
        'After this number of failures in ten seconds, an address of a service gets no requests for a second. The failures must be half of all attempts and span a second.',
      ),
    overloadConcurrencyMin: integer({ min: 1, max: 10_000 })
      .default(32)
      .describe('Lower bound of the overload limit: concurrent requests for each service.'),
    overloadConcurrencyMax: integer({ min: 1, max: 100_000 })
      .default(512)
      .describe('Upper bound of the overload limit: concurrent requests for each service.'),
    demoDeposits: flag()
      .default(true)
      .describe(
        'Enables POST /v1/accounts/:id/deposits, which creates money for a demo. Set it to false in production: the route then responds with 404.',
      ),
    // feature: web
    webDirectory: text()
      .default('')
      .describe(
        'Folder of the built web interface (`services/web/dist`). Leave it empty if an edge serves the web interface.',
      ),
    // end feature: web
    liveFeedsMax: integer({ min: 1, max: 100_000 })
      .default(5_000)
      .describe('Highest number of open live feeds in one process.'),
    liveFeedsAddressMax: integer({ min: 1, max: 100_000 })
      .default(500)
      .describe('Highest number of open live feeds from one IPv4 address or IPv6 /56 in one process.'),
    sessionSecret: secretList({ charactersMin: 32 }).describe(
      'Secrets for the session cookie, at least 32 characters each. The first secret signs; all secrets verify.',
    ),
    sessionCookieName: text({ charactersMax: 64 })
      .regex(/^[A-Za-z][\w.-]*$/, 'must be letters, digits, dots, hyphens and underscores')
      .default(DEFAULT_COOKIE_NAME)
      .describe('Name of the session cookie over plain HTTP. Over TLS the name has the prefix __Host-.'),
    sessionIdleS: integer({ min: 60, max: 2_592_000 })
      .default(86_400)
      .describe('Seconds without a request after which a session ends.'),
    sessionAbsoluteS: integer({ min: 60, max: 31_536_000 })
      .default(2_592_000)
      .describe('Seconds after sign-in after which every session ends.'),
    identityPrivateKeys: secretList().describe(
      'Ed25519 private keys for the internal identity tokens (base64 PKCS#8 or PEM). The first key signs.',
    ),
    rateLimitWindowS: integer({ min: 1, max: 86_400 })
      .default(900)
      .describe('Window of all rate limits, and the longest delay after failed sign-ins, in seconds.'),
    rateLimitAnonymousMax: integer({ min: 1 })
      .default(100)
      .describe('Requests that an address may send without a session in a window.'),
    rateLimitSessionMax: integer({ min: 1 })
      .default(3_000)
      .describe('Requests that a signed-in user may send in a window.'),
    rateLimitLoginMax: integer({ min: 1 })
      .default(10)
      .describe(
        'Failed sign-ins of an address for one e-mail, and wrong current passwords of a user, in a window. After three times this number of consecutive failures for one e-mail, over all addresses, each failure delays the next sign-in.',
      ),
    trustProxy: trustProxy.describe(
      'Proxies whose X-Forwarded headers are trusted: a number of hops, or addresses and CIDR blocks. If empty, no proxy is trusted.',
    ),
    publicUrl: text()
      .default('')
      .describe(
        'Origin that browsers use for this gateway, such as https://api.example.com. It must be on the same site as PUBLIC_ORIGINS.',
      ),
    publicOrigins: list()
      .default([])
      .describe(
        "Origins whose web pages may send requests with the user's cookie, such as https://app.example.com. All must be on one site. If empty: the scheme and host of the request.",
      ),
  })
  .superRefine(checkOrigins);

export type GatewayConfig = z.output<typeof configSchema>;

/** Returns the limits for requests to one service, as `openUpstream` expects them. */
export function upstreamLimits(config: GatewayConfig) {
  return {
    connectionsMax: config.upstreamConnectionsMax,
    waitingMax: config.upstreamWaitingMax,
    failuresMax: config.upstreamFailuresMax,
  };
}

function checkOrigins(
  { publicUrl, publicOrigins }: { publicUrl: string; publicOrigins: string[] },
  context: z.RefinementCtx,
): void {
  const own = publicUrl === '' ? [] : [publicUrl];
  for (const [setting, values] of [
    ['publicUrl', own],
    ['publicOrigins', publicOrigins],
  ] as const) {
    if (!values.every(originOf)) {
      context.addIssue({
        code: 'custom',
        path: [setting],
        message: 'must name origins such as https://app.example.com',
      });
      return;
    }
  }
  const sites = new Set([...own, ...publicOrigins].map(siteOf));
  if (sites.size < 2) return;
  const message = `must be on one site${publicUrl && ', the site of PUBLIC_URL'}, because browsers do not send the session cookie from other sites (found ${[...sites].join(', ')})`;
  context.addIssue({ code: 'custom', path: ['publicOrigins'], message });
}

function isProxy(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  if (proxyNames.has(text)) return true;
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
