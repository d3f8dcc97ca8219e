/** Requests to Elasticsearch and Kibana. A private certificate authority: NODE_EXTRA_CA_CERTS. */
const TIMEOUT_MS = 30_000;

/** Where a store is, and how this process signs in. */
export interface Access {
  url: string;
  authorization?: string | undefined;
}

interface Content {
  json?: unknown;
  form?: FormData;
}

/** @throws Error when there is no reply within 30 s, or no connection */
export async function ask(
  { url, authorization }: Access,
  method: string,
  path: string,
  { json, form }: Content = {},
): Promise<{ status: number; body: unknown }> {
  const reply = await fetch(url.replace(/\/$/, '') + path, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      'kbn-xsrf': 'mainstay',
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(authorization !== undefined && { authorization }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...(form && { body: form }),
  });
  const text = await reply.text();
  const isJson = (reply.headers.get('content-type') ?? '').includes('json');
  return { status: reply.status, body: isJson && text !== '' ? JSON.parse(text) : text };
}

/**
 * The body of a successful reply.
 * @throws Error that names the request and the reply
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- differs by request
export async function demand(access: Access, method: string, path: string, content: Content = {}): Promise<any> {
  const { status, body } = await ask(access, method, path, content);
  if (status >= 200 && status < 300) return body;
  throw new Error(`${method} ${path} was answered with ${status}: ${JSON.stringify(body)}`);
}
