import { isIP } from 'node:net';
import { flag, integer, list, secretList, text, url } from '@mainstay/config';
import { originOf, siteOf } from '@mainstay/hardening';
import { redisSettings, serviceSettings } from '@mainstay/service';
import { z } from 'zod';

const proxyNames = new Set(['loopback', 'linklocal', 'uniquelocal']);
const TRUST_PROXY_RULE = 'must be a number of hops, or addresses and CIDR blocks separated by commas';

/** Express' `trust proxy`: no proxy, a number of hops, or the proxies with these addresses. */
const trustProxy = text()
  .default('')
  .transform((value, context): false | number | string[] => {
    if (value.trim() === '') return false;
    if (/^\d{1,2}$/.test(value.trim())) return Number(value);
    const proxies = value.split(',').map((part) => part.trim());
    if (!proxies.every(isProxy)) context.addIssue({ code: 'custom', message: TRUST_PROXY_RULE });
    return proxies;
  });

/** The session cookie's name in the API document. */
export const DEFAULT_COOKIE_NAME = 'mainstay.sid';

/** Every setting of the gateway. */
export const configSchema = z
  .object({
    ...serviceSettings({ port: 3000, managementPort: 3900 }),
    ...redisSettings('sessions, limits and events'),
    accountsUrl: url().default('http://127.0.0.1:3001').describe('Where the accounts service listens.'),
    activityUrl: url().default('http://127.0.0.1:3002').describe('Where the activity service listens.'),
    upstreamConnectionsMax: integer({ min: 1, max: 10_000 })
      .default(128)
      .describe('Concurrent requests to each service, not counting live feeds. Each uses a connection.'),
    upstreamWaitingMax: integer({ min: 0, max: 10_000 })
      .default(128)
      .describe('Requests to each service that may wait for a free place, for at most a second.'),
    upstreamFailuresMax: integer({ min: 1, max: 1_000 })
      .default(10)
      .describe(
        'Failures within ten seconds after which an address of a service gets no requests for a second, if they are half of all attempts and span a second.',
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
        'Whether POST /v1/accounts/:id/deposits exists, which creates money for a demo. Turn it off in production: the route then responds with 404.',
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
      .describe('Most open live feeds through one process.'),
    liveFeedsAddressMax: integer({ min: 1, max: 100_000 })
      .default(500)
      .describe('Most open live feeds from one IPv4 address or IPv6 /56 through one process.'),
    sessionSecret: secretList({ charactersMin: 32 }).describe(
      'Secrets that sign the session cookie: the first signs, all verify. At least 32 characters each.',
    ),
    sessionCookieName: text({ charactersMax: 64 })
      .regex(/^[A-Za-z][\w.-]*$/, 'must be letters, digits, dots, hyphens and underscores')
      .default(DEFAULT_COOKIE_NAME)
      .describe('Name of the session cookie over plain HTTP; over TLS it has the prefix __Host-.'),
    sessionIdleS: integer({ min: 60, max: 2_592_000 })
      .default(86_400)
      .describe('Seconds without a request after which a session ends.'),
    sessionAbsoluteS: integer({ min: 60, max: 31_536_000 })
      .default(2_592_000)
      .describe('Seconds after sign-in after which a session ends, used or not.'),
    identityPrivateKeys: secretList().describe(
      'Ed25519 keys that sign the internal identity tokens (base64 PKCS#8 or PEM): the first signs.',
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
        'Failed sign-ins of an address for one e-mail, and wrong current passwords of a user, in a window. After three times as many consecutive failures for one e-mail, over all addresses, delays grow.',
      ),
    trustProxy: trustProxy.describe(
      'Proxies whose X-Forwarded headers are trusted: a number of hops, or addresses and CIDR blocks. If empty, none is trusted.',
    ),
    publicUrl: text()
      .default('')
      .describe(
        'Origin under which browsers reach this gateway, such as https://api.example.com. It is checked against PUBLIC_ORIGINS.',
      ),
    publicOrigins: list()
      .default([])
      .describe(
        "Origins of one site whose pages may call with the user's cookie, such as https://app.example.com. If empty, the request's own scheme and host.",
      ),
  })
  .superRefine(checkOrigins);

export type GatewayConfig = z.output<typeof configSchema>;

/** How many requests one service may have at a time, as `openUpstream` reads it. */
export function upstreamLimits(config: GatewayConfig) {
  return {
    connectionsMax: config.upstreamConnectionsMax,
    waitingMax: config.upstreamWaitingMax,
    failuresMax: config.upstreamFailuresMax,
  };
}

/** The session cookie is SameSite=Lax: a page of another site would call without it, so listing one is a mistake. */
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
  const message = `must be of one site${publicUrl && ', that of PUBLIC_URL'}, because browsers send the session cookie to no other site (found ${[...sites].join(', ')})`;
  context.addIssue({ code: 'custom', path: ['publicOrigins'], message });
}

function isProxy(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  if (proxyNames.has(text)) return true;
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
