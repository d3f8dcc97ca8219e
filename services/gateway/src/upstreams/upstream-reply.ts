import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface UpstreamReply {
  statusCode: number;
  headers: IncomingHttpHeaders;
  /** A small body is complete. Any other body is a stream, and occupies a connection until it is read or destroyed. */
  body: Buffer | Readable;
}

export type StreamedReply = UpstreamReply & { body: Readable };

export const isStreamed = (reply: UpstreamReply): reply is StreamedReply => reply.body instanceof Readable;

/** Calls `then` when the connection of the response is free or closed. */
export function whenReceived(reply: UpstreamReply, then: () => void): void {
  if (isStreamed(reply)) reply.body.once('close', then);
  else then();
}

export async function textOf({ body }: UpstreamReply): Promise<string> {
  return body instanceof Readable ? text(body) : body.toString();
}

/** Closes the stream of a response that no caller needs. */
export function discard(reply: UpstreamReply): void {
  if (isStreamed(reply)) reply.body.destroy();
}
