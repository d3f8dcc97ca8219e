import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '../random.ts';

interface Work<Worker> {
  workers: Worker[];
  /** Workers take the same actions in each run with the same seed. */
  seed: number;
  thinkMs: { least: number; most: number };
  signal: AbortSignal;
  act: (worker: Worker, random: Random, turn: number, number: number) => Promise<unknown>;
}

/** Each worker pauses, acts, and repeats both. The returned function stops the workers, and waits for their current actions. */
export function startWork<Worker>({ workers, seed, thinkMs, signal, act }: Work<Worker>): () => Promise<void> {
  const stopping = new AbortController();
  const stopped = AbortSignal.any([stopping.signal, signal]);
  setMaxListeners(0, stopped); // each pausing worker adds a listener
  const working = workers.map(async (worker, number) => {
    const random = createRandom(seed + number);
    for (let turn = 0; ; turn += 1) {
      // Some pauses are long, so that some connections are idle when a server stops.
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
