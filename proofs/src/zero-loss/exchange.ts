/** Sends one request and classifies its result by the rules for clients of the platform. */
import { setTimeout as delay } from 'node:timers/promises';
import { Unanswered, type Asked, type Reply, type Send } from '../clients/http-client.ts';
import type { Outcomes } from './outcomes.ts';

/** Longer than the gateway's deadlines. A statement gets more time, because some clients read statements slowly. */
const TIMEOUT_MS = { read: 15_000, keyed: 15_000, unkeyed: 15_000, statement: 40_000 };
/** Statuses after which a retry can succeed. */
const WORTH_REPEATING = new Set([502, 503]);
const PAUSE_MS = { least: 50, most: 1_000 };

export interface ExchangeAsked extends Asked {
  kind: keyof typeof TIMEOUT_MS;
  /** Default: the status is 201 for a request with a body, and 200 for a request without a body. */
  isRight?: (reply: Reply) => boolean;
}
/** Returns undefined if the request got no correct reply. */
export type Exchange = (asked: ExchangeAsked) => Promise<Reply | undefined>;

/**
 * Returns a function that sends a request and adds the result to `outcomes`. After a broken connection, a 502 or a 503,
 * the function retries every GET, and every POST with an idempotency key. The function retries a POST without a key
 * only if an HTTP/2 server reports that the server did not process the request.
 */
export function createExchange({
  send,
  door,
  outcomes,
}: {
  send: Send;
  door: string;
  outcomes: Pick<Outcomes, 'add'>;
}): Exchange {
  const attempt = (asked: ExchangeAsked): Promise<Reply | Unanswered> =>
    send({ timeoutMs: TIMEOUT_MS[asked.kind], ...asked }).catch((error: Unanswered) => error);

  return async (asked) => {
    const { kind, path, body, isRight = ({ status }) => status === (body ? 201 : 200) } = asked;
    const beganAt = performance.now();
    const first = await attempt(asked);
    const mayRepeat =
      isWorthRepeating(first) && (kind !== 'unkeyed' || (first instanceof Unanswered && first.stage === 'untouched'));
    if (mayRepeat) await delay(pauseMs(first));
    const last = mayRepeat ? await attemptUntilDone(() => attempt(asked)) : first;
    const isAnswered = !(last instanceof Unanswered) && isRight(last);
    const reasons = [...(mayRepeat ? [first] : []), ...(isAnswered ? [] : [last])].map(reasonOf);
    const isHung = last instanceof Unanswered && last.stage === 'too late';
    outcomes.add({
      ...{ door, kind, beganAt, endedAt: performance.now() },
      ending: isAnswered ? (mayRepeat ? 'retried' : 'answered') : isHung ? 'hung' : 'lost',
      ...(reasons.length > 0 && { reason: reasons.join(', then '), request: path }),
    });
    return isAnswered ? last : undefined;
  };
}

/** Retries while the service reports that the first attempt is still in progress. */
async function attemptUntilDone(attempt: () => Promise<Reply | Unanswered>) {
  for (let left = 20; ; left -= 1) {
    const result = await attempt();
    const isUnderWay = !(result instanceof Unanswered) && result.json?.code === 'idempotency_in_progress';
    if (!isUnderWay || left === 0) return result;
    await delay(pauseMs(result));
  }
}

function isWorthRepeating(result: Reply | Unanswered): boolean {
  return result instanceof Unanswered ? result.stage !== 'too late' : WORTH_REPEATING.has(result.status);
}

function pauseMs(result: Reply | Unanswered): number {
  const told = result instanceof Unanswered ? 0 : Number(result.headers['retry-after'] ?? 0) * 1_000;
  return Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, told));
}

function reasonOf(result: Reply | Unanswered): string {
  if (result instanceof Unanswered) return result.message;
  const { code, detail = '' } = result.json ?? {};
  return `answer ${result.status} ${code ? `${code}: ${detail}` : result.body.toString('utf8', 0, 80)}`;
}
