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
        'Highest number of concurrent requests to each service. Each request uses one connection. Live feeds do not count, and slow requests have a separate limit of a quarter of this value.',
      ),
    upstreamWaitingMax: integer({ min: 0, max: 10_000 })
      .default(128)
      .describe(
        'Highest number of requests that wait for a connection to the same service. Slow requests wait separately, with the same limit. A request waits for at most one second.',
      ),
    upstreamFailuresMax: integer({ min: 1, max: 1_000 })
      .default(10)
      .describe(
        'Number of failures in ten seconds after which an address of a service gets no requests for one second. This limit applies only if at least half of all attempts failed, and if the failures span at least one second.',
      ),
    overloadConcurrencyMin: integer({ min: 1, max: 10_000 })
      .default(32)
      .describe(
        'Lower bound of the overload limit. The overload limit is the number of concurrent requests that the gateway accepts for each service.',
      ),
    overloadConcurrencyMax: integer({ min: 1, max: 100_000 })
      .default(512)
      .describe(
        'Upper bound of the overload limit. The overload limit is the number of concurrent requests that the gateway accepts for each service.',
      ),
    demoDeposits: flag()
      .default(true)
      .describe(
        'Enables the route POST /v1/accounts/:id/deposits, which creates money for a demo. Use false in production, so that the route responds with 404.',
      ),
    // fork:remove web
    webDirectory: text()
      .default('')
      .describe(
        'Folder of the built web interface, which is `services/web/dist`. Leave this setting empty if an edge serves the web interface.',
      ),
    // end of fork:remove web
    liveFeedsMax: integer({ min: 1, max: 100_000 })
      .default(5_000)
      .describe('Highest number of open live feeds in one process.'),
    liveFeedsAddressMax: integer({ min: 1, max: 100_000 })
      .default(500)
      .describe('Highest number of open live feeds from one IPv4 address or one IPv6 /56 network in one process.'),
    sessionSecret: secretList({ charactersMin: 32 }).describe(
      'Secrets that sign the session cookie. Each secret has at least 32 characters. The gateway signs with the first secret, and accepts signatures of all secrets.',
    ),
    sessionCookieName: text({ charactersMax: 64 })
      .regex(/^[A-Za-z][\w.-]*$/, 'must be letters, digits, dots, hyphens and underscores')
      .default(DEFAULT_COOKIE_NAME)
      .describe(
        'Name of the session cookie over plain HTTP. Over TLS, the gateway adds the prefix __Host- to this name.',
      ),
    sessionIdleS: integer({ min: 60, max: 2_592_000 })
      .default(86_400)
      .describe('Number of seconds without a request after which a session ends.'),
    sessionAbsoluteS: integer({ min: 60, max: 31_536_000 })
      .default(2_592_000)
      .describe('Number of seconds from the sign-in to the end of a session, even if the session is in use.'),
    identityPrivateKeys: secretList().describe(
      'Ed25519 private keys for internal identity tokens, as base64 PKCS#8 or PEM. The gateway signs with the first key.',
    ),
    rateLimitWindowS: integer({ min: 1, max: 86_400 })
      .default(900)
      .describe(
        'Length of the time window of all rate limits, in seconds. After fewer than 100 failed sign-ins, this number is also the longest delay before the next sign-in.',
      ),
    rateLimitAnonymousMax: integer({ min: 1 })
      .default(100)
      .describe(
        'Number of requests without a session that one IPv4 address or one IPv6 /56 network may send in a rate limit window.',
      ),
    rateLimitSessionMax: integer({ min: 1 })
      .default(3_000)
      .describe('Number of requests that a signed-in user may send in a rate limit window.'),
    rateLimitLoginMax: integer({ min: 1 })
      .default(10)
      .describe(
        'Number of failed sign-ins in a rate limit window with one e-mail, from one IPv4 address or one IPv6 /56 network. The same limit applies when a signed-in user enters a wrong current password. If an e-mail has more than three times this number of consecutive failed sign-ins, counted over all IP addresses, each failure delays the next sign-in.',
      ),
    trustProxy: trustProxy.describe(
      'Proxies whose X-Forwarded headers the gateway trusts: a number of hops, or a list of addresses and CIDR blocks. If this setting is empty, the gateway trusts no proxy.',
    ),
    publicUrl: text()
      .default('')
      .describe(
        'Origin that browsers use for this gateway, for example https://api.example.com. This origin must be on the same site as all PUBLIC_ORIGINS.',
      ),
    publicOrigins: list()
      .default([])
      .describe(
        "Origins whose web pages may send requests with the user's cookie, for example https://app.example.com. All origins must be on one site. If this setting is empty, the only allowed origin is the scheme and host of the request.",
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
