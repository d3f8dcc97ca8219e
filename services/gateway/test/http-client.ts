import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: <Body = Record<string, unknown>>() => Body;
}

export interface RequestOptions {
  headers?: OutgoingHttpHeaders;
  json?: unknown;
  body?: string | Buffer;
  signal?: AbortSignal;
}

/**
 * Sends one request on its own connection. Rejects if the connection breaks before the end of the response.
 */
export function send(base: string, method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const headers: OutgoingHttpHeaders = {
    ...(options.json !== undefined && { 'content-type': 'application/json' }),
    ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const req = http.request(new URL(base), {
      method,
      path,
      headers,
      agent: false,
      ...(options.signal && { signal: options.signal }),
    });
    req.on('error', reject);
    req.on('response', (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (text += chunk));
      res.on('error', reject);
      res.on('end', () => {
        const { statusCode: status = 0, headers } = res;
        resolve({ status, headers, text, json: <Body>() => JSON.parse(text) as Body });
      });
    });
    req.end(body);
  });
}

/** A client that keeps the session cookie like a browser. */
export interface Visitor {
  cookie: string | undefined;
  send(method: string, path: string, options?: RequestOptions): Promise<Reply>;
}

export function visit(base: string, cookie?: string): Visitor {
  const visitor: Visitor = {
    cookie,
    async send(method, path, options = {}) {
      const headers = { ...(visitor.cookie !== undefined && { cookie: visitor.cookie }), ...options.headers };
      const reply = await send(base, method, path, { ...options, headers });
      const [set] = reply.headers['set-cookie'] ?? [];
      if (set !== undefined) visitor.cookie = set.split(';')[0];
      return reply;
    },
  };
  return visitor;
}

/** Returns the security headers that every response must have. */
export async function safetyHeaders(base: string): Promise<IncomingHttpHeaders> {
  const { headers } = await send(base, 'GET', '/healthz');
  const isSafety = /^(content-security|cross-origin|origin-agent|referrer|x-(?!request-id))/;
  const safety = Object.entries(headers).filter(([name]) => isSafety.test(name));
  if (safety.length < 10) throw new Error(`the gateway sends few safety headers: ${JSON.stringify(headers)}`);
  return Object.fromEntries(safety);
}

let people = 0;

/** Registers a user, who is then signed in. */
export async function register(base: string): Promise<Visitor & { email: string; userId: string; sessionId: string }> {
  const email = `person-${process.pid}-${(people += 1)}@example.com`;
  const visitor = visit(base);
  const reply = await visitor.send('POST', '/v1/users', {
    json: { email, password: thePassword, displayName: 'A Person' },
  });
  if (reply.status !== 201) throw new Error(`registration answered ${reply.status}: ${reply.text}`);
  const { user, session } = reply.json<{ user: { id: string }; session: { id: string } }>();
  return Object.assign(visitor, { email, userId: user.id, sessionId: session.id });
}

/** Signs the user in on a second device. */
export async function signInAgain(
  base: string,
  { email }: { email: string },
  password = thePassword,
): Promise<Visitor & { sessionId: string }> {
  const device = visit(base);
  const reply = await device.send('POST', '/v1/session', { json: { email, password } });
  if (reply.status !== 201) throw new Error(`sign-in answered ${reply.status}: ${reply.text}`);
  return Object.assign(device, { sessionId: reply.json<{ session: { id: string } }>().session.id });
}

export interface ListedSession {
  id: string;
  current: boolean;
  createdAt: string;
  lastSeenAt: string;
}

export async function listSessions(visitor: Visitor): Promise<ListedSession[]> {
  return (await visitor.send('GET', '/v1/sessions')).json<{ items: ListedSession[] }>().items;
}

/** Returns the secret session id in the cookie. */
export const sidOf = ({ cookie = '' }: Pick<Visitor, 'cookie'>): string => /s%3A([^.]+)\./.exec(cookie)?.[1] ?? '';

export const thePassword = 'correct horse battery';
