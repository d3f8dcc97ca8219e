/** A client that stores the session cookie. */
export interface Visitor {
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  put(path: string, body: unknown): Promise<Reply>;
  delete(path: string): Promise<Reply>;
  /** Sends a POST with an idempotency key. Without `key`, each call uses a new key. */
  postKeyed(path: string, body: unknown, key?: string): Promise<Reply>;
  /** Opens the live feed. The feed begins after the event `lastEventId`. */
  watch(lastEventId?: string): Promise<Feed>;
}

export interface Reply {
  status: number;
  headers: Headers;
  bytes: Buffer;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test reads what it asserts
  json: any;
}

export interface FeedEvent {
  id: string;
  type: string;
  data: string;
}

export interface Feed {
  /** Pass this id to `watch` to resume the feed. */
  readonly lastEventId: string | undefined;
  /** Waits for the next `count` events and returns them. */
  take(count: number): Promise<FeedEvent[]>;
  close(): Promise<void>;
}

let keys = 0;

export function visitor(url: string, cookie = ''): Visitor {
  let jar = cookie;

  async function send(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const isText = typeof body === 'string';
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body !== undefined && !isText && { 'content-type': 'application/json' }),
        ...(jar && { cookie: jar }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const [set] = response.headers.getSetCookie(); // the first cookie is the session cookie
    if (set !== undefined) jar = set.split(';', 1)[0] ?? '';
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text,
      json: isJson ? (JSON.parse(text) as unknown) : undefined,
    };
  }

  return {
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    put: (path, body) => send('PUT', path, body),
    delete: (path) => send('DELETE', path, undefined),
    postKeyed(path, body, key = `visitor-key-${(keys += 1)}`) {
      return send('POST', path, body, { 'idempotency-key': key });
    },
    watch: (lastEventId) =>
      openFeed(`${url}/v1/activity/live`, { cookie: jar, ...(lastEventId && { 'last-event-id': lastEventId }) }),
  };
}

async function openFeed(url: string, headers: Record<string, string>): Promise<Feed> {
  const leave = new AbortController();
  const response = await fetch(url, { headers, signal: leave.signal });
  if (response.status !== 200 || !response.body) throw new Error(`the feed responded with ${response.status}`);
  const chunks = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let text = '';
  const events: FeedEvent[] = [];
  let lastEventId: string | undefined;

  async function readMore(): Promise<void> {
    const { value, done } = (await chunks.next()) as IteratorResult<string>;
    if (done) throw new Error('the feed has ended');
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      const event = eventOf(block);
      lastEventId = fieldOf(block, 'id') ?? lastEventId;
      text = text.slice(end + 2);
      if (event) events.push(event);
    }
  }

  return {
    get lastEventId() {
      return lastEventId;
    },
    async take(count) {
      while (events.length < count) await readMore();
      return events.splice(0, count);
    },
    async close() {
      leave.abort();
      await chunks.return?.().catch(() => undefined);
    },
  };
}

/** Reads one block of the event stream. Returns undefined for a block without an event, for example a heartbeat. */
function eventOf(block: string): FeedEvent | undefined {
  const type = fieldOf(block, 'event');
  return type === undefined ? undefined : { id: fieldOf(block, 'id') ?? '', type, data: fieldOf(block, 'data') ?? '' };
}

function fieldOf(block: string, name: string): string | undefined {
  return new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
}
