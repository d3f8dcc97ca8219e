import { AppError, errorCodes, type ErrorCode, type FieldError } from '@mainstay/errors';
import type { IdentityIssuer } from '@mainstay/identity';
import { currentContext } from '@mainstay/logging';
import { z } from 'zod';
import type { Method } from '../routes.js';
import type { Deadline } from './deadline.js';
import { textOf, type UpstreamReply } from './upstream-reply.js';
import { hopHeaders, timed, type Hop } from './hop.js';
import { sendWithRetry } from './send-with-retry.js';
import type { Upstream } from './upstream.js';

/** A user, as the accounts service and the gateway return it. */
export const user = z
  .object({ id: z.uuid(), email: z.string(), displayName: z.string(), createdAt: z.iso.datetime() })
  .meta({ id: 'User' });
export type User = z.output<typeof user>;

/** Data of a new session. The accounts service writes these fields into its event about the sign-in. */
export interface SessionOrigin {
  id: string;
  ip: string;
  userAgent: string;
}

/**
 * The gateway's own requests to the accounts service.
 * @throws AppError with the error code of the service, or unavailable, internal or deadline_exceeded
 */
export interface AccountsClient {
  /** @throws AppError email_taken, invalid_request */
  register(
    hop: Hop,
    request: { email: string; password: string; displayName: string; session: SessionOrigin },
  ): Promise<User>;
  /** @throws AppError invalid_credentials */
  signIn(hop: Hop, request: { email: string; password: string; session: SessionOrigin }): Promise<User>;
  profile(hop: Hop): Promise<User>;
  /** @throws AppError invalid_request if the password is wrong. The error names the client's field currentPassword */
  checkPassword(hop: Hop, request: { password: string }): Promise<void>;
  /** @throws AppError invalid_request if the password breaks a rule. The error names the client's field newPassword */
  checkNewPassword(hop: Hop, request: { password: string }): Promise<void>;
  /** @throws AppError invalid_request if `currentPassword` is wrong or `newPassword` breaks a rule */
  changePassword(hop: Hop, request: { currentPassword: string; newPassword: string }): Promise<void>;
}

interface AccountsRequest {
  method: Method;
  path: string;
  json?: unknown;
}

export function createAccountsClient({
  accounts,
  identity,
}: {
  accounts: Upstream;
  identity: IdentityIssuer;
}): AccountsClient {
  async function ask(hop: Hop, { method, path, json }: AccountsRequest): Promise<unknown> {
    const body = json === undefined ? null : Buffer.from(JSON.stringify(json));
    const { deadline } = hop;
    const prepare = async () => {
      const headers = await hopHeaders(hop, { audience: accounts.name, identity });
      return {
        method,
        path,
        template: path,
        headers: body ? [...headers, 'content-type', 'application/json'] : headers,
        traceparent: currentContext()?.traceparent,
        body,
        deadline,
        repeatable: method === 'GET',
        // Most POST and PUT requests need a password hash. A 503 can mean that only the queue for password hashing is
        // full, so the 503 must not open the circuit breaker.
        unjudged: method !== 'GET',
      };
    };
    const reply = await timed(hop, sendWithRetry(accounts, prepare));
    const text = await readText(reply, deadline);
    if (reply.statusCode >= 400) throw refusalOf(text);
    return text === '' ? undefined : parsed(text);
  }

  return {
    register: async (hop, json) => user.parse(await ask(hop, { method: 'POST', path: '/internal/users', json })),
    signIn: async (hop, json) => user.parse(await ask(hop, { method: 'POST', path: '/internal/sign-ins', json })),
    profile: async (hop) => user.parse(await ask(hop, { method: 'GET', path: '/v1/users/me' })),
    async checkPassword(hop, json) {
      await ask(hop, { method: 'POST', path: '/internal/password-checks', json });
    },
    async checkNewPassword(hop, json) {
      try {
        await ask(hop, { method: 'POST', path: '/internal/new-password-checks', json });
      } catch (error) {
        // Release 0.1.0 of the accounts service does not have this path. Remove this `catch` after release 1.0.0.
        if (!(error instanceof AppError && error.code === 'not_found')) throw error;
      }
    },
    async changePassword(hop, json) {
      await ask(hop, { method: 'PUT', path: '/v1/users/me/password', json });
    },
  };
}

async function readText(reply: UpstreamReply, deadline: Deadline): Promise<string> {
  try {
    return await textOf(reply);
  } catch (error) {
    if (deadline.reason) throw deadline.reason;
    throw unreadable(error);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(error);
  }
}

function refusalOf(text: string): AppError {
  const { code, detail, errors } = parsed(text) as { code?: string; detail?: string; errors?: FieldError[] };
  if (!isErrorCode(code)) return unreadable(new Error(`accounts refused: ${text}`));
  return new AppError(code, detail, { ...(errors && { errors }), ...(code === 'unavailable' && { retryAfterS: 1 }) });
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}

function unreadable(cause: unknown): AppError {
  return new AppError('unavailable', 'The service behind this path failed.', { retryAfterS: 1, cause });
}
