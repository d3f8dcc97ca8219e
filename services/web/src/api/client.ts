import createClient from 'openapi-fetch';
import { pageOwner } from '../identity/page-identity.js';
import { notePlatformTime } from '../time/platform-now.js';
import { steadyNow } from '../time/steady-now.js';
import { ApiError, apiErrorOf, isOtherSession } from './api-error.js';
import type { components, paths } from './schema.js';
import { announceIdentityDoubt, announceRateLimit } from './session-events.js';

/**
 * Every response begins within this time, because the platform's own deadlines are shorter. Files and feeds may then
 * take any time.
 */
const ANSWER_MAX_MS = 30_000;
const baseUrl = globalThis.location?.origin ?? '';

/**
 * The platform's API, with the types of its OpenAPI document. Every call goes through `answered`, so that an error is
 * an ApiError. Once the page has an owner, every request names its session, and the gateway refuses it if another
 * session is signed in. Such a refusal is announced once, here, and so is a 429.
 */
export const api = createClient<paths>({ baseUrl, fetch: (request) => send(fromOwner(request)) });

/** Sends requests without `Expected-Session`. */
const anybody = createClient<paths>({ baseUrl, fetch: send });

interface Reply<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** @throws ApiError for every reply that is not a success, and if none came */
export async function answered<Data>(call: Promise<Reply<Data>>): Promise<Data> {
  const { data, error, response } = await call.catch(unread);
  if (response.ok) return data as Data;
  throw noticed(apiErrorOf(response, error));
}

/**
 * The signed-in session of the browser's cookie, whatever session this page belongs to; null if there is none.
 * @throws ApiError
 */
export async function readSession(signal?: AbortSignal): Promise<components['schemas']['SignedIn'] | null> {
  const params = { query: { optional: 'true' as const } };
  const { data, error, response } = await anybody
    .GET('/v1/session', { params, ...(signal && { signal }) })
    .catch(unread);
  if (!response.ok) throw apiErrorOf(response, error);
  return data ?? null;
}

/**
 * A file or a feed of the API as it arrives.
 * @throws ApiError
 */
export async function openStream(path: string, signal: AbortSignal, headers: HeadersInit = {}): Promise<Response> {
  const response = await send(fromOwner(new Request(path, { signal, headers, cache: 'no-store' })));
  if (response.ok) return response;
  const error = apiErrorOf(response, await response.json().catch(() => undefined));
  // Too many streams at once are no reason to pause the rest of the page.
  if (isOtherSession(error)) announceIdentityDoubt();
  throw error;
}

/**
 * Whether this platform serves a path, by its API document: settings leave some paths out.
 * @throws ApiError
 */
export async function isServed(path: keyof paths, signal: AbortSignal): Promise<boolean> {
  const response = await send(new Request('/openapi.json', { signal }));
  const document: unknown = await response.json().catch(unread);
  if (!response.ok) throw apiErrorOf(response, document);
  return path in (document as { paths: Record<string, unknown> }).paths;
}

/** Announces session changes and rate limits, and returns the error. */
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
    // A reply without a request id was not sent by the platform, but by a proxy.
    if (response.headers.has('x-request-id')) notePlatformTime(response.headers.get('date'));
    return response;
  } catch (cause) {
    if (request.signal.aborted) throw cause; // the caller has cancelled it
    throw new ApiError({ code: 'unreachable' }, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** A success whose body is not JSON did not come from the platform, but for example from a hotel's sign-in page. */
function unread(cause: unknown): never {
  throw cause instanceof SyntaxError ? new ApiError({ code: 'unreachable' }, { cause }) : cause;
}
