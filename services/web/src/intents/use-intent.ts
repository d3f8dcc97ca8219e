import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ApiError } from '../api/api-error.js';
import { waitUntil } from '../live/wait-until.js';
import { platformNow } from '../time/platform-now.js';
import { steadyNow } from '../time/steady-now.js';
import type { Intent } from './intent.js';
import { useIntents } from './intents-context.js';
import { keyedWrite, type ReplyOf, type WriteKind } from './keyed-writes.js';
import { sendIntent } from './send-intent.js';

export type IntentProgress =
  | { name: 'idle' }
  | { name: 'sending' }
  /** The last attempt failed temporarily. The next attempt is planned for `until`. */
  | { name: 'waiting'; reason: ApiError; until: number }
  | { name: 'done' }
  | { name: 'failed'; error: unknown };

/**
 * Returns `send`, which sends one intent at a time, and the progress of that intent. If the user leaves the page, the
 * intent stays in the store.
 * @param holds true if the calling component shows the progress. Then the page shows no notice for the same intent
 * until `send` ends.
 */
export function useIntent({ holds = false } = {}) {
  const { store, hold } = useIntents();
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<IntentProgress>({ name: 'idle' });
  const running = useRef<AbortController>(undefined);
  const hurry = useRef<() => void>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    async <Kind extends WriteKind>(intent: Intent<Kind>): Promise<ReplyOf<Kind> | undefined> => {
      if (running.current) return undefined; // the user pressed the button twice
      const run = new AbortController();
      running.current = run;
      if (holds) hold(intent.key);
      const { post, concerns } = keyedWrite(intent.kind);
      try {
        const reply = await sendIntent<Kind>(
          intent,
          {
            post: ({ order, key }) => post(order, { 'Idempotency-Key': key }),
            store,
            now: steadyNow,
            platformNow,
            waitUntil: (time, signal) =>
              Promise.race([waitUntil(time, signal), new Promise<void>((resolve) => (hurry.current = resolve))]),
            onWait: (reason, until) => setProgress({ name: 'waiting', reason, until }),
            onAttempt: () => setProgress({ name: 'sending' }),
          },
          run.signal,
        );
        for (const key of concerns) void queryClient.invalidateQueries({ queryKey: [key] });
        setProgress({ name: 'done' });
        return reply;
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
    /** Ends the wait between two attempts, and sends the next attempt immediately. */
    sendNow: () => hurry.current?.(),
    reset: () => setProgress({ name: 'idle' }),
  };
}
