/** Every error code of the API, with its HTTP status and title. Add a new code to the OpenAPI document too. */
export const errorCodes = {
  invalid_request: { status: 400, title: 'Invalid request' },
  idempotency_key_missing: { status: 400, title: 'Idempotency key missing' },
  unauthenticated: { status: 401, title: 'Not signed in' },
  invalid_credentials: { status: 401, title: 'Wrong e-mail or password' },
  cross_site: { status: 403, title: 'Cross-site request refused' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  email_taken: { status: 409, title: 'E-mail already registered' },
  insufficient_funds: { status: 409, title: 'Insufficient funds' },
  currency_mismatch: { status: 409, title: 'Currencies differ' },
  balance_limit: { status: 409, title: 'Balance limit reached' },
  idempotency_in_progress: { status: 409, title: 'The same request is in progress' },
  session_changed: { status: 412, title: 'Another session is signed in' },
  too_large: { status: 413, title: 'Request too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key already used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  deadline_exceeded: { status: 504, title: 'Deadline exceeded' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;
