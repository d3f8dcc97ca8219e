import net from 'node:net';

/** Everything that a server sent on one connection, and which side ended it. */
export interface Conversation {
  /** Status codes of the replies in their order, `100` included. */
  statuses: number[];
  text: string;
  endedBy: 'server' | 'client';
}

export interface TalkOptions {
  /** The client leaves when the server has sent this many final replies; otherwise it waits for the server to close. */
  replies?: number;
  /** Called with what was received so far; the returned text is sent. */
  onText?: (text: string) => string | undefined;
  /** Sent when it resolves. */
  later?: Promise<string>;
  /** Sent again and again, slowly. */
  drop?: string;
}

/** Sends exactly these bytes, each character one, on its own connection, and listens until the server closes it. */
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

/** The last problem that the server sent. */
export function problemIn({ text }: Conversation): Record<string, unknown> {
  const start = text.lastIndexOf('\r\n\r\n{');
  return start < 0 ? {} : (JSON.parse(text.slice(start + 4)) as Record<string, unknown>);
}
