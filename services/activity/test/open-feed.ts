import { get, type IncomingMessage } from 'node:http';

export interface Received {
  id?: string;
  event?: string;
  data?: unknown;
  retry?: string;
  comment?: string;
}

export interface OpenFeed {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** All received blocks. */
  readonly received: Received[];
  /** Ids of the received events. A `resync` message is not an event, so its id is not in this list. */
  ids(): (string | undefined)[];
  isOver(): boolean;
  /** Stops reading from the socket. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** A minimal client for server-sent events. Resolves when it has the response headers. */
export function openFeed(url: string, headers: Record<string, string>, lastEventId?: string): Promise<OpenFeed> {
  const sent = lastEventId === undefined ? headers : { ...headers, 'last-event-id': lastEventId };
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: sent, agent: false }, (reply) => {
      const received: Received[] = [];
      let text = '';
      let isOver = false;
      reply.setEncoding('utf8');
      reply.on('data', (chunk: string) => {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        received.push(...blocks.map(parseBlock));
      });
      reply.on('error', () => undefined);
      reply.on('close', () => (isOver = true));
      resolve({
        status: reply.statusCode ?? 0,
        headers: reply.headers,
        received,
        ids: () => received.filter(({ data, event }) => data !== undefined && event !== 'resync').map(({ id }) => id),
        isOver: () => isOver,
        pause: () => reply.pause(),
        resume: () => reply.resume(),
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
  });
}

function parseBlock(block: string): Received {
  const fields = block.split('\n').map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon) || 'comment', line.slice(colon + 1).trim()];
  });
  const received = Object.fromEntries(fields) as Record<string, string>;
  return received.data === undefined ? received : { ...received, data: JSON.parse(received.data) as unknown };
}
