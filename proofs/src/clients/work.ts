import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '../random.ts';

interface Work<Worker> {
  workers: Worker[];
  /** Repeats what each worker does, in the same order. */
  seed: number;
  /** Between two actions of a worker. */
  thinkMs: { least: number; most: number };
  /** Ends everything at once. */
  signal: AbortSignal;
  act: (worker: Worker, random: Random, turn: number, number: number) => Promise<unknown>;
}

/** Lets each worker think and act in turns. Returns a stop, which resolves when each action under way has ended. */
export function startWork<Worker>({ workers, seed, thinkMs, signal, act }: Work<Worker>): () => Promise<void> {
  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, signal]);
  setMaxListeners(0, stopped); // one for each worker that thinks
  const working = workers.map(async (worker, number) => {
    const random = createRandom(seed + number);
    for (let turn = 0; ; turn += 1) {
      // Now and then a connection is left alone for long, so that idle connections are closed.
      const pauseMs = random.between(thinkMs.least, thinkMs.most) * (random.next() < 0.05 ? 4 : 1);
      await delay(pauseMs, undefined, { signal: stopped }).catch(() => undefined);
      if (stopped.aborted) return;
      await act(worker, random, turn, number);
    }
  });
  return async () => {
    stopping.abort();
    await Promise.all(working);
  };
}
