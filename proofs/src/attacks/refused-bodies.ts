/** Issue: a body that was refused was read without an end. Not an attack with a second client: it counts bytes. */
import { connect, type Front } from './front.ts';

const offeredBytes = 32 * 1_048_576;
const patienceMs = 5_000;

const requests: [string, string][] = [
  ['POST / (405)', 'POST /'],
  ['PUT /healthz (405)', 'PUT /healthz'],
  ['POST /v1/nowhere (404)', 'POST /v1/nowhere'],
  ['POST /v1/session, text/plain (415)', 'POST /v1/session'],
];

export interface RefusedBody {
  place: string;
  request: string;
  status: string;
  /** What the place took of the 32 MiB. */
  takenBytes: number;
}

/** Offers 32 MiB in chunks to every path that refuses them, at every place. */
export async function refusedBodies(places: Front[]): Promise<RefusedBody[]> {
  const rows: RefusedBody[] = [];
  for (const place of places) {
    for (const [request, target] of requests)
      rows.push({ place: place.name, request, ...(await offer(place, target)) });
  }
  return rows;
}

function offer(place: Front, target: string): Promise<{ status: string; takenBytes: number }> {
  const chunk = `8000\r\n${'x'.repeat(32_768)}\r\n`;
  return new Promise((resolve) => {
    const socket = connect(place);
    let text = '';
    let takenBytes = 0;
    const settle = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: text.slice(9, 12) || 'none', takenBytes });
    };
    const timer = setTimeout(settle, patienceMs);
    const write = (): void => {
      if (takenBytes >= offeredBytes) return settle();
      socket.write(chunk, (error) => {
        // The place has closed the connection. What it said comes before its end.
        if (error) return;
        takenBytes += 32_768;
        write();
      });
    };
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1'))).on('close', settle);
    socket.write(
      `${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    write();
  });
}
