import { Transform, type Readable } from 'node:stream';
import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

/** Whether the message has a body at all (RFC 9112, 6). GET and HEAD have none that means anything: theirs is not passed on. */
export function hasBody({ method, headers }: Request): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Refuses a body that is announced as larger than `bytesMax`, with AppError too_large, before a byte of it was read. */
export function limitBody(bytesMax: number): RequestHandler {
  return ({ headers }, _res, next) => {
    next(Number(headers['content-length'] ?? 0) > bytesMax ? tooLarge(bytesMax) : undefined);
  };
}

/** The body as it comes in. The stream fails with AppError too_large beyond `bytesMax`. */
export function streamedBody(req: Request, bytesMax: number): Readable {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > bytesMax) done(tooLarge(bytesMax));
      else done(null, chunk);
    },
  });
  // Without a listener an excess would end the process where the attempt has ended before.
  counted.on('error', () => req.unpipe(counted));
  // Not stream.pipeline: it would destroy the client's connection, on which the refusal is still to be sent.
  return req.pipe(counted);
}

/** The whole body, so that it can be sent twice. @throws AppError too_large beyond `bytesMax`, or the reason of `signal` */
export function bufferedBody(req: Request, bytesMax: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (act: () => void): void => {
      req.off('data', onData).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) settle(() => reject(tooLarge(bytesMax)));
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const onError = (error: Error): void => settle(() => reject(error));
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    req.on('data', onData).on('end', onEnd).on('error', onError);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

/** The rest of the body is not read, so the connection cannot be used again. */
function tooLarge(bytesMax: number): AppError {
  return new AppError('too_large', `The body may have at most ${bytesMax} bytes.`, {
    headers: { connection: 'close' },
  });
}
