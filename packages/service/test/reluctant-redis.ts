import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface ReluctantRedis {
  url: string;
  /** The number of connections that were made. */
  connections(): number;
  close(): Promise<void>;
}

/** A server that answers a connecting client. `infoOf` returns the n-th reply to INFO, or undefined for no reply. */
export async function playRedis(infoOf: (asked: number) => string | undefined): Promise<ReluctantRedis> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let asked = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (bytes) => {
      for (const [, command = ''] of bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
        answer(socket, command.toUpperCase());
    });
  });

  function answer(socket: Socket, command: string): void {
    if (command === 'HELLO') socket.write('-ERR unknown command HELLO\r\n');
    else if (command !== 'INFO') socket.write('+OK\r\n');
    else {
      asked += 1;
      const info = infoOf(asked);
      if (info !== undefined) socket.write(`$${info.length}\r\n${info}\r\n`);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
