import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { answered, api } from '../api/client.js';
import type { ApiError } from '../api/api-error.js';
import type { Transfer } from '../api/queries.js';
import { waitUntil } from '../live/wait-until.js';
import { useIntents } from './intents-context.js';
import type { Intent } from './intent.js';
import { sendIntent } from './send-intent.js';

export type IntentProgress =
  | { name: 'idle' }
  | { name: 'sending' }
  /** Not answered; the next attempt goes out at `until`. */
  | { name: 'waiting'; reason: ApiError; until: number }
  | { name: 'done'; transfer: Transfer }
  | { name: 'failed'; error: unknown };

/**
 * Sends one intent at a time and tells how it goes. Leaving the page stops the asking; the intent stays kept.
 * @param holds whether the caller shows how it goes, so that no one else need
 */
export function useIntent({ holds = false } = {}) {
  const { store, hold } = useIntents();
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<IntentProgress>({ name: 'idle' });
  const running = useRef<AbortController>(undefined);
  const hurry = useRef<() => void>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    async (intent: Intent): Promise<Transfer | undefined> => {
      if (running.current) return undefined; // pressed twice
      const run = new AbortController();
      running.current = run;
      if (holds) hold(intent.key);
      try {
        const transfer = await sendIntent(
          intent,
          {
            post: postIntent,
            store,
            now: Date.now,
            waitUntil: (time, signal) =>
              Promise.race([waitUntil(time, signal), new Promise<void>((resolve) => (hurry.current = resolve))]),
            onWait: (reason, until) => setProgress({ name: 'waiting', reason, until }),
            onAttempt: () => setProgress({ name: 'sending' }),
          },
          run.signal,
        );
        for (const queryKey of [['accounts'], ['entries']]) void queryClient.invalidateQueries({ queryKey });
        setProgress({ name: 'done', transfer });
        return transfer;
      } catch (error) {
        if (!run.signal.aborted) setProgress({ name: 'failed', error });
        return undefined;
      } finally {
        running.current = undefined;
        if (holds) hold(undefined);
      }
    },
    [store, queryClient, holds, hold],
  );

  return {
    progress,
    send,
    /** Does not wait for the next attempt's time. */
    sendNow: () => hurry.current?.(),
    reset: () => setProgress({ name: 'idle' }),
  };
}

function postIntent(intent: Intent): Promise<Transfer> {
  const header = { 'Idempotency-Key': intent.key };
  if (intent.kind === 'transfer')
    return answered(api.POST('/v1/transfers', { params: { header }, body: intent.order }));
  const { accountId, amount } = intent.order;
  return answered(
    api.POST('/v1/accounts/{accountId}/deposits', { params: { header, path: { accountId } }, body: { amount } }),
  );
}
