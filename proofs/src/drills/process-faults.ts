import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './drill.ts';
import type { Part } from '@mainstay/platform/start/own-platform';

/** Of each half second: so a turn of the event loop in forty or so waits for as long, and the process still answers. */
const HALTED_MS = 150;
const RUNNING_MS = 350;

/** A part is stopped for good, and started again in the end. */
export const putAway =
  (part: Part) =>
  async ({ platform }: World) => {
    await platform.parts[part].stop();
    return () => platform.parts[part].restart();
  };

/** A process stands still, and does not know it. */
export const halt =
  (part: Part) =>
  async ({ platform }: World) => {
    const pid = pidOf(platform, part);
    process.kill(pid, 'SIGSTOP');
    return () => process.kill(pid, 'SIGCONT');
  };

/** A process runs and stands still by turns, as the kernel has it where a container has used up its share. */
export const haltByTurns =
  (part: Part) =>
  async ({ platform, signal }: World) => {
    const pid = pidOf(platform, part);
    const ending = new AbortController();
    const over = AbortSignal.any([signal, ending.signal]);
    const turns = (async () => {
      while (!over.aborted) {
        process.kill(pid, 'SIGSTOP');
        await delay(HALTED_MS);
        process.kill(pid, 'SIGCONT');
        await delay(RUNNING_MS);
      }
    })();
    return async () => {
      ending.abort();
      await turns;
    };
  };

/** Wrong passwords for one e-mail after the other, ten at a time. */
export const sprayPasswords =
  () =>
  async ({ platform, signal }: World) => {
    const ending = new AbortController();
    const over = AbortSignal.any([signal, ending.signal]);
    let tries = 0;
    const guess = async () => {
      while (!over.aborted) {
        const email = `nobody-${(tries += 1)}@example.com`;
        await fetch(`${platform.url}/v1/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password: 'the password of this season' }),
          signal: over,
        }).then(
          (reply) => reply.body?.cancel(),
          () => undefined,
        );
        await delay(50);
      }
    };
    const guesses = Promise.all(Array.from({ length: 10 }, guess));
    return async () => {
      ending.abort();
      await guesses;
    };
  };

/** A service that holds memory when it is told to. */
export const toggleMemory = (part: Part) => toggle(part, 'hold-memory.ts');

/** A service whose clock is a minute late when it is told so. */
export const shiftClock = (part: Part) => toggle(part, 'shift-clock.ts');

/** SIGUSR2 to one service begins and ends what the file does, which is loaded into all of them. */
function toggle(part: Part, file: string) {
  const hook = fileURLToPath(new URL(file, import.meta.url));
  return {
    prepare: async () => ({ environment: { NODE_OPTIONS: `--import=${hook}` }, close: async () => undefined }),
    async begin({ platform }: World) {
      const pid = pidOf(platform, part);
      process.kill(pid, 'SIGUSR2');
      return () => process.kill(pid, 'SIGUSR2');
    },
  };
}

function pidOf(platform: World['platform'], part: Part) {
  const pid = platform.parts[part].pid();
  if (pid === undefined) throw new Error(`${part} does not run`);
  return pid;
}
