import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './request-faults.js';

export interface BodyLimits {
  bytesMax: number;
  /** Milliseconds during which a body may arrive at any speed. */
  graceMs: number;
  /**
   * Minimum rate of an arriving body in bytes per second. A body must arrive within `graceMs` plus the time that its
   * received bytes need at the minimum rate.
   */
  bytesPerSMin: number;
  arriving: ArrivingBodies;
}

/** An upper limit of the memory for all bodies that are still arriving. */
export interface ArrivingBodies {
  /**
   * Registers a body that begins to arrive. If all arriving bodies together become too large while this body is the
   * oldest, `refuse` is called to drop this body. `refuse` must then call `leave`.
   */
  enter(refuse: () => void): { add: (chunk: Buffer) => void; leave: () => void };
}

/**
 * Bytes of memory that Node itself uses for each chunk. A chunk can be a single byte, so the memory of Node is counted
 * too.
 */
const CHUNK_OVERHEAD_BYTES = 256;

/**
 * Creates a limit for the total size of all arriving bodies. Above the limit, the oldest bodies are refused until the
 * remaining bodies fit.
 */
export function boundArrivingBodies(bytesMax: number): ArrivingBodies {
  const sizes = new Map<() => void, number>();
  let total = 0;

  return {
    enter(refuse) {
      sizes.set(refuse, 0);
      return {
        add(chunk) {
          const bytes = chunk.length + CHUNK_OVERHEAD_BYTES;
          sizes.set(refuse, (sizes.get(refuse) ?? 0) + bytes);
          total += bytes;
          for (const refuseOldest of sizes.keys()) {
            if (total <= bytesMax) break;
            refuseOldest();
          }
        },
        leave() {
          total -= sizes.get(refuse) ?? 0;
          sizes.delete(refuse);
        },
      };
    },
  };
}

/**
 * Returns whether a request has a body. According to RFC 9112 § 6, only a request with `Transfer-Encoding` or
 * `Content-Length` has a body.
 */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Returns the reason to refuse a request whose `Content-Length` exceeds the limit. The body need not be read first. */
export function announcedFault({ headers }: IncomingMessage, { bytesMax }: BodyLimits): Fault | undefined {
  return Number(headers['content-length'] ?? 0) > bytesMax ? tooLarge(bytesMax) : undefined;
}

/**
 * Waits until the whole body has arrived or a limit is exceeded. No other code may read `req` before `done` is called.
 * @param done called once, or never if the client closes the connection
 */
export function awaitBody(
  req: IncomingMessage,
  res: ServerResponse,
  limits: BodyLimits,
  done: (fault?: Fault) => void,
): void {
  const beganMs = performance.now();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isSettled = false;

  const body = limits.arriving.enter(() => settle(noRoom));
  const stop = (): void => {
    body.leave();
    clearTimeout(timer);
    req.off('readable', onReadable).off('end', onReadable);
    res.off('close', stop);
  };
  const settle = (fault?: Fault): void => {
    isSettled = true;
    stop();
    done(fault);
  };
  const onReadable = (): void => {
    for (let chunk = read(req); chunk && !isSettled; chunk = read(req)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (!req.complete) body.add(chunk);
    }
    if (isSettled) return;
    if (bytes > limits.bytesMax) return settle(tooLarge(limits.bytesMax));
    if (!req.complete) return;
    // Put the bytes back into the stream before the stream ends, so that a body parser can read the bytes.
    if (bytes > 0) req.unshift(Buffer.concat(chunks, bytes));
    settle();
  };
  const onTime = (): void => {
    const leftMs = limits.graceMs + (bytes / limits.bytesPerSMin) * 1_000 - (performance.now() - beganMs);
    if (leftMs <= 0) settle(tooSlow);
    else timer = setTimeout(onTime, leftMs);
  };

  let timer = setTimeout(onTime, limits.graceMs);
  res.once('close', stop);
  // For an empty body that is already complete, the request emits `end` but not `readable`, so both events are handled.
  req.on('readable', onReadable).once('end', onReadable);
}

const read = (req: IncomingMessage) => req.read() as Buffer | null;

const tooLarge = (bytesMax: number): Fault => ({
  status: 413,
  code: 'too_large',
  detail: `The body may have at most ${bytesMax} bytes.`,
});

const tooSlow: Fault = { status: 408, code: 'deadline_exceeded', detail: 'The request took too long to arrive.' };

const noRoom: Fault = { status: 503, code: 'unavailable', detail: 'Too many requests are arriving slowly.' };
