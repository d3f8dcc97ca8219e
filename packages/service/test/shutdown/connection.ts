import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Connection {
  socket: Socket;
  send: (text: string) => void;
  /** Resolves with the received text when `condition` is true. `forget` clears the text. */
  receive: (condition: (received: string) => boolean) => Promise<string>;
  forget: () => void;
  /** Resolves when the server closes the connection. */
  closed: Promise<{ how: 'fin' | 'reset'; received: string }>;
}

export const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';

/** Opens a TCP connection, on which the test itself writes the requests. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  const closed = new Promise<{ how: 'fin' | 'reset'; received: string }>((resolve) => {
    socket.once('end', () => resolve({ how: 'fin', received }));
    socket.once('error', () => resolve({ how: 'reset', received }));
  });

  return {
    socket,
    send: (text) => void socket.write(text),
    async receive(condition) {
      while (!condition(received)) {
        const ended = closed.then(({ how }) =>
          Promise.reject(new Error(`The connection ended (${how}) after: ${received}`)),
        );
        const more = new AbortController();
        await Promise.race([once(socket, 'data', more), ended]).finally(() => more.abort());
      }
      return received;
    },
    forget: () => void (received = ''),
    closed,
  };
}

/** The number of complete replies in a text, for replies with the body `ok`. */
export function replies(received: string): number {
  return received.split('\r\n\r\nok').length - 1;
}
