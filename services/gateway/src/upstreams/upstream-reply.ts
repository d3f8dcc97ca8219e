import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A service's reply. */
export interface UpstreamReply {
  statusCode: number;
  headers: IncomingHttpHeaders;
  /**
   * The whole body, if the reply announces that it is small. Otherwise a stream, which the receiver reads to its end
   * or destroys.
   */
  body: Buffer | Readable;
}

export type StreamedReply = UpstreamReply & { body: Readable };

/** Whether the reply's body is still coming. */
export const isStreamed = (reply: UpstreamReply): reply is StreamedReply => reply.body instanceof Readable;

/** Calls `then` when the reply's connection is free, or gone. */
export function whenReceived(reply: UpstreamReply, then: () => void): void {
  if (isStreamed(reply)) reply.body.once('close', then);
  else then();
}

/** Reads the text of a reply. */
export async function textOf({ body }: UpstreamReply): Promise<string> {
  return body instanceof Readable ? text(body) : body.toString();
}

/** Discards a reply. */
export function discard(reply: UpstreamReply): void {
  if (isStreamed(reply)) reply.body.destroy();
}
