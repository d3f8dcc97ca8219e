import net from 'node:net';

/** All text that a server sent on one connection, and whether the server or the client ended the connection. */
export interface Conversation {
  /** Status codes of the responses in their order, including `100`. */
  statuses: number[];
  text: string;
  endedBy: 'server' | 'client';
}

export interface TalkOptions {
  /** The client disconnects after this number of final responses. By default, it waits until the server disconnects. */
  replies?: number;
  /** Gets the text received so far after each chunk. The client sends the returned text. */
  onText?: (text: string) => string | undefined;
  /** The client sends the text when the promise resolves. */
  later?: Promise<string>;
  /** The client sends this text every 50 ms. */
  drop?: string;
}

/** Sends exactly these bytes (one per character) on a new connection, and reads until the connection closes. */
export function talk(
  base: string,
  bytes: string,
  { replies = Infinity, onText, later, drop }: TalkOptions = {},
): Promise<Conversation> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    let text = '';
    let endedBy: Conversation['endedBy'] = 'server';
    const statuses = () => [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const more = onText?.(text);
      if (more !== undefined) socket.write(more, 'latin1');
      if (statuses().filter((status) => status >= 200).length < replies || !text.includes('\r\n\r\n')) return;
      endedBy = 'client';
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve({ statuses: statuses(), text, endedBy }));
    socket.write(bytes, 'latin1');
    const dripping = drop === undefined ? undefined : setInterval(() => socket.write(drop, 'latin1'), 50);
    socket.on('close', () => clearInterval(dripping));
    void later?.then((more) => socket.write(more, 'latin1'));
  });
}

/** Returns the last problem+json that the server sent. */
export function problemIn({ text }: Conversation): Record<string, unknown> {
  const start = text.lastIndexOf('\r\n\r\n{');
  return start < 0 ? {} : (JSON.parse(text.slice(start + 4)) as Record<string, unknown>);
}
