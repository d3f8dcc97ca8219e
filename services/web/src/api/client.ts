import createClient from 'openapi-fetch';
import { pageOwner } from '../identity/page-identity.js';
import { notePlatformTime } from '../time/platform-now.js';
import { steadyNow } from '../time/steady-now.js';
import { ApiError, apiErrorOf, isOtherSession } from './api-error.js';
import type { components, paths } from './schema.js';
import { announceIdentityDoubt, announceRateLimit } from './session-events.js';

/** Time limit for the headers of a response. The body of a file or a feed can take longer. */
const ANSWER_MAX_MS = 30_000;
const baseUrl = globalThis.location?.origin ?? '';

/**
 * A client for the platform's API. Pass the promise of every call to `answered`. If the page has a session, each
 * request contains the session's id in the header `Expected-Session`. The gateway rejects such a request if the cookie
 * has a different session.
 */
export const api = createClient<paths>({ baseUrl, fetch: (request) => send(fromOwner(request)) });

/** A client that sends requests without the header `Expected-Session`. */
const anySession = createClient<paths>({ baseUrl, fetch: send });

interface Reply<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * Returns the data of a successful reply. If the reply reports a session change or a rate limit, the function announces
 * the change or the limit to the page.
 * @throws ApiError if the request fails
 */
export async function answered<Data>(call: Promise<Reply<Data>>): Promise<Data> {
  const { data, error, response } = await call.catch(rejectUnreadable);
  if (response.ok) return data as Data;
  throw noticed(apiErrorOf(response, error));
}

/**
 * Reads the session in the cookie, which can differ from the page's session. Returns null if no user is signed in.
 * @throws ApiError
 */
export async function readSession(signal?: AbortSignal): Promise<components['schemas']['SignedIn'] | null> {
  const params = { query: { optional: 'true' as const } };
  const { data, error, response } = await anySession
    .GET('/v1/session', { params, ...(signal && { signal }) })
    .catch(rejectUnreadable);
  if (!response.ok) throw apiErrorOf(response, error);
  return data ?? null;
}

/**
 * Opens a file or a live feed, and returns the response as soon as its headers arrive.
 * @throws ApiError
 */
export async function openStream(path: string, signal: AbortSignal, headers: HeadersInit = {}): Promise<Response> {
  const response = await send(fromOwner(new Request(path, { signal, headers, cache: 'no-store' })));
  if (response.ok) return response;
  const error = apiErrorOf(response, await response.json().catch(() => undefined));
  // Announce a session change, but do not announce a rate limit. Status 429 can mean that too many streams are open,
  // and an announced rate limit would tell the user that the whole page pauses.
  if (isOtherSession(error)) announceIdentityDoubt();
  throw error;
}

/**
 * Reads the body of a file, piece by piece.
 * @throws ApiError if the connection breaks
 */
export async function* readPieces({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader();
  for (;;) {
    const piece = await reader?.read().catch(rejectUnreadable);
    if (!piece?.value) return;
    yield piece.value;
  }
}

/**
 * Whether this platform's OpenAPI document contains a path. Settings can disable paths.
 * @throws ApiError
 */
export async function isServed(path: keyof paths, signal: AbortSignal): Promise<boolean> {
  const response = await send(new Request('/openapi.json', { signal }));
  const document: unknown = await response.json().catch(rejectUnreadable);
  if (!response.ok) throw apiErrorOf(response, document);
  return path in (document as { paths: Record<string, unknown> }).paths;
}

function noticed(error: ApiError): ApiError {
  if (isOtherSession(error)) announceIdentityDoubt();
  if (error.code === 'rate_limited') announceRateLimit(error.retryAt ?? steadyNow() + 30_000);
  return error;
}

function fromOwner(request: Request): Request {
  const owner = pageOwner();
  if (owner) request.headers.set('expected-session', owner.sessionId);
  return request;
}

async function send(request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWER_MAX_MS);
  try {
    const response = await fetch(request, { signal: AbortSignal.any([request.signal, late.signal]) });
    // A reply without a request id comes from a proxy. The clock of a proxy can be wrong, so ignore the date.
    if (response.headers.has('x-request-id')) notePlatformTime(response.headers.get('date'));
    return response;
  } catch (cause) {
    if (request.signal.aborted) throw cause; // the caller cancelled the request
    throw new ApiError({ code: 'unreachable' }, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Handles an error while the body of a reply is read. A SyntaxError means that the reply has no JSON: it does not come
 * from the platform, but for example from the login page of a hotel's Wi-Fi. A broken connection causes a TypeError.
 * The code `unreachable` lets `intents/` retry with the same idempotency key.
 */
function rejectUnreadable(cause: unknown): never {
  const isUnreadable = ['SyntaxError', 'TypeError'].includes((cause as Error).name);
  throw isUnreadable ? new ApiError({ code: 'unreachable' }, { cause }) : cause;
}
