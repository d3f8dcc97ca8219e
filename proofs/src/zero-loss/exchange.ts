/** One request and what becomes of it, by the rule of the platform's clients. */
import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionLost, Hung } from './failures.ts';
import type { Transport } from './http1-connection.ts';
import type { Reply } from './reply-reader.ts';
import type { Outcomes } from './outcomes.ts';

/** Above the longest that the gateway lets a request take; statements have a deadline of their own, and slow readers. */
const TIMEOUT_MS = { read: 15_000, keyed: 15_000, unkeyed: 15_000, statement: 40_000 };
/** What tells that the same request, a moment later, may be answered. */
const WORTH_REPEATING = new Set([502, 503]);
const PAUSE_MS = { least: 50, most: 1_000 };

export type Kind = keyof typeof TIMEOUT_MS;
interface Asked {
  kind: Kind;
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  slowly?: boolean;
  /** whether the reply is the one that is due, to its last byte */
  isRight: (reply: Reply) => boolean;
}

/**
 * How a client of this door asks: once; and once more after a broken connection, 502 or 503, where the request is a read, carries a key, or was never touched. Each
 * request is told to `outcomes`.
 * @returns undefined: no answer came
 */
export function createExchange({
  transport,
  door,
  outcomes,
  timeoutMs,
}: {
  transport: Transport;
  door: string;
  outcomes: Pick<Outcomes, 'add'>;
  timeoutMs?: number;
}): (asked: Asked) => Promise<Reply | undefined> {
  const attempt = ({ kind, method, path, headers = {}, body, slowly }: Asked): Promise<Reply | Error> =>
    transport
      .send({
        method,
        path,
        headers,
        timeoutMs: timeoutMs ?? TIMEOUT_MS[kind],
        ...(body && { body }),
        ...(slowly && { slowly }),
      })
      .catch((error: Error) => error);

  return async (asked) => {
    const { kind, method, path, isRight } = asked;
    const beganAt = performance.now();
    const first = await attempt(asked);
    const mayRepeat = isWorthRepeating(first) && (kind !== 'unkeyed' || isUntouched(first));
    if (mayRepeat) await delay(pauseMs(first));
    const last = mayRepeat ? await attemptUntilDone(() => attempt(asked)) : first;
    const isAnswered = !(last instanceof Error) && isRight(last);
    const reasons = mayRepeat ? [first, ...(isAnswered ? [] : [last])] : isAnswered ? [] : [first];
    outcomes.add({
      door,
      kind,
      ending: isAnswered ? (mayRepeat ? 'retried' : 'answered') : last instanceof Hung ? 'hung' : 'lost',
      ...(reasons.length > 0 && { reason: reasons.map(reasonOf).join(', then '), request: `${method} ${path}` }),
      beganAt,
      endedAt: performance.now(),
    });
    return isAnswered ? last : undefined;
  };
}

/** The first attempt may still be under way where the second comes in: "in progress" is no answer to it. */
async function attemptUntilDone(attempt: () => Promise<Reply | Error>) {
  for (let left = 20; ; left -= 1) {
    const result = await attempt();
    if (result instanceof Error || left === 0 || problemOf(result).code !== 'idempotency_in_progress') return result;
    await delay(pauseMs(result));
  }
}

function isWorthRepeating(result: Reply | Error) {
  return result instanceof Error ? result instanceof ConnectionLost : WORTH_REPEATING.has(result.status);
}

function isUntouched(result: Reply | Error) {
  return result instanceof ConnectionLost && result.isUntouched;
}

function pauseMs(result: Reply | Error) {
  const told = result instanceof Error ? 0 : Number(result.headers['retry-after'] ?? 0) * 1_000;
  return Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, told));
}

function reasonOf(result: Reply | Error) {
  if (result instanceof ConnectionLost) return `${result.message}${result.idle ? ` (connection ${result.idle})` : ''}`;
  if (result instanceof Error) return result.message;
  const { code, detail = '' } = problemOf(result);
  return `answer ${result.status} ${code ? `${code}: ${detail}` : result.body.toString('utf8', 0, 80)}`;
}

function problemOf({ headers, body }: Reply): { code?: string; detail?: string } {
  return headers['content-type']?.includes('problem+json') ? JSON.parse(body.toString()) : {};
}
