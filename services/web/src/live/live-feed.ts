import { ApiError, isOtherSession } from '../api/api-error.js';
import type { ActivityEvent } from '../api/queries.js';
import { createSseParser, type SseMessage } from './sse-parser.js';

/** The state of the feed, as shown to the user. `ended`: the session has ended or changed. */
export type FeedState =
  { name: 'connecting' } | { name: 'live' } | { name: 'waiting'; until: number } | { name: 'ended' };

export interface LiveFeedPorts {
  /**
   * Opens the feed, which sends all events after `lastEventId`, or a resync message if it cannot. If the id is empty,
   * the feed sends only new events. Rejects with ApiError.
   */
  open: (lastEventId: string, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  onEvent: (event: ActivityEvent) => void;
  /** Called when the page may have missed events. Then the page must read all data again. */
  onResync: () => void;
  onState: (state: FeedState) => void;
  /** Resolves at `time`, or earlier when the browser goes online. Rejects when the signal aborts. */
  waitUntil: (time: number, signal: AbortSignal) => Promise<void>;
  now: () => number;
}

/**
 * Maximum time without data. The server sends a heartbeat every 15 s. After three missing heartbeats, the connection
 * counts as broken, even if the socket is open.
 */
const SILENCE_MAX_MS = 45_000;
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/**
 * Follows the feed until the signal aborts, or the session ends or changes. EventSource would stop at the first reply
 * with status 503, so this function reads the stream without EventSource.
 * @param lastEventId the return value of an earlier call, or an empty string
 * @returns the last received id
 */
export async function followFeed(ports: LiveFeedPorts, signal: AbortSignal, lastEventId = ''): Promise<string> {
  const { onResync, onState, waitUntil, now } = ports;
  let standsAt = lastEventId;
  let failures = 0;
  for (;;) {
    onState({ name: 'connecting' });
    const parser = createSseParser(standsAt);
    let retryAt = 0;
    try {
      await readFeed(ports, parser, signal, () => {
        // `standsAt` is the last received id. If the id is empty, the feed sends only new events. So the page must read
        // the earlier events.
        if (standsAt === '') onResync();
        failures = 0;
      });
    } catch (error) {
      const isOver = error instanceof ApiError && isOtherSession(error);
      if (isOver) onState({ name: 'ended' });
      if (isOver || signal.aborted) return parser.lastEventId;
      retryAt = error instanceof ApiError ? (error.retryAt ?? 0) : 0;
    }
    standsAt = parser.lastEventId;
    const backoff = Math.min((parser.retryMs ?? RETRY_MS) * 2 ** failures, RETRY_MAX_MS);
    failures += 1;
    const until = Math.max(retryAt, now() + backoff);
    onState({ name: 'waiting', until });
    try {
      await waitUntil(until, signal);
    } catch {
      return standsAt;
    }
  }
}

/** Resolves when the server ends the feed, and rejects when the connection breaks. */
async function readFeed(
  { open, onEvent, onResync, onState }: LiveFeedPorts,
  parser: ReturnType<typeof createSseParser>,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  const silence = watchSilence();
  try {
    const body = await open(parser.lastEventId, AbortSignal.any([signal, silence.signal]));
    onOpen();
    onState({ name: 'live' });
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      silence.heard();
      for (const message of parser.push(value)) {
        if (message.type === 'resync') onResync();
        else onEvent(eventOf(message));
      }
    }
  } finally {
    silence.end();
  }
}

function eventOf({ data }: SseMessage): ActivityEvent {
  return JSON.parse(data) as ActivityEvent;
}

function watchSilence() {
  const broken = new AbortController();
  const fail = () => broken.abort(new ApiError({ code: 'unreachable' }));
  let timer = setTimeout(fail, SILENCE_MAX_MS);
  return {
    signal: broken.signal,
    heard() {
      clearTimeout(timer);
      timer = setTimeout(fail, SILENCE_MAX_MS);
    },
    end: () => clearTimeout(timer),
  };
}
