import type { Front } from '../edges.ts';
import { connect } from './attacks.ts';

const OFFERED_BYTES = 32 * 1_048_576;
const PATIENCE_MS = 5_000;
const CHUNK_BYTES = 32_768;

const requests = {
  'POST / (405)': 'POST /',
  'PUT /healthz (405)': 'PUT /healthz',
  'POST /v1/nowhere (404)': 'POST /v1/nowhere',
  'POST /v1/session, text/plain (415)': 'POST /v1/session',
};

/** Offers 32 MiB to each path of `requests`, which all refuse the body. Counts the bytes that the socket accepts. */
export async function refusedBodies(places: Front[]) {
  const rows = [];
  for (const place of places) {
    for (const [request, target] of Object.entries(requests))
      rows.push({ place: place.name, request, ...(await offer(place, target)) });
  }
  return rows;
}

function offer(place: Front, target: string): Promise<{ status: string; takenBytes: number }> {
  const chunk = `${CHUNK_BYTES.toString(16)}\r\n${'x'.repeat(CHUNK_BYTES)}\r\n`;
  return new Promise((resolve) => {
    const socket = connect(place);
    let [text, takenBytes] = ['', 0];
    const settle = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: text.slice(9, 12) || 'none', takenBytes });
    };
    const timer = setTimeout(settle, PATIENCE_MS);
    const write = (): void => {
      if (takenBytes >= OFFERED_BYTES) return settle();
      socket.write(chunk, (error) => {
        if (error) return; // the server closed the connection after its reply
        takenBytes += CHUNK_BYTES;
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
