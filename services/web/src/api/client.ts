import createClient from 'openapi-fetch';
import { ApiError, apiErrorOf } from './api-error.js';
import type { paths } from './schema.js';
import { announceRateLimit, announceSignedOut } from './session-events.js';

/** No answer of the platform takes longer to begin: its own deadlines are below. Files and feeds then take as long as they take. */
const ANSWER_MAX_MS = 30_000;

/**
 * The platform's API, with the types of its OpenAPI document. Every call goes through `answered`, so that an error is an ApiError.
 * A 401 is announced once, here, and so is a 429.
 */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: send });

interface Reply<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** @throws ApiError for every reply that is no success, and where none came */
export async function answered<Data>(call: Promise<Reply<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  throw noticed(apiErrorOf(response, error));
}

/** A file or a feed of the API as it arrives. @throws ApiError */
export async function openStream(path: string, signal: AbortSignal, headers: HeadersInit = {}): Promise<Response> {
  const response = await send(new Request(path, { signal, headers, cache: 'no-store' }));
  if (response.ok) return response;
  const error = apiErrorOf(response, await response.json().catch(() => undefined));
  // Too many feeds or statements at once are no reason to pause the rest of the page.
  if (error.code === 'unauthenticated') announceSignedOut();
  throw error;
}

/** Tells the page what concerns all of it, and gives the error back. */
function noticed(error: ApiError): ApiError {
  if (error.code === 'unauthenticated') announceSignedOut();
  if (error.code === 'rate_limited') announceRateLimit(error.retryAt ?? Date.now() + 30_000);
  return error;
}

async function send(request: Request): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWER_MAX_MS);
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, late.signal]) });
  } catch (cause) {
    if (request.signal.aborted) throw cause; // somebody does not want it any more
    throw new ApiError({ code: 'unreachable' }, { cause });
  } finally {
    clearTimeout(timer);
  }
}
