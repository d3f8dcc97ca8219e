import { within } from '@mainstay/errors';
import { createHash } from 'node:crypto';

/** Sends one Redis command and returns its reply; with ioredis `(command, ...args) => redis.call(command, ...args)`. */
export type SendCommand = (...args: string[]) => Promise<unknown>;

/**
 * Scripts that survive a Redis which was down at start, restarted or flushed. rate-limit-redis loads its scripts once
 * and never recovers from a failed load. So SCRIPT LOAD is answered here and not sent, and a script that Redis does
 * not know is sent as text.
 */
export function withScripts(send: SendCommand): SendCommand {
  const texts = new Map<string, string>();
  return async (...command) => {
    const [name, first, second] = command;
    if (name === 'SCRIPT' && first === 'LOAD' && second !== undefined) {
      const sha = createHash('sha1').update(second).digest('hex');
      texts.set(sha, second);
      return sha;
    }
    try {
      return await send(...command);
    } catch (error) {
      const text = name === 'EVALSHA' && first !== undefined ? texts.get(first) : undefined;
      if (text === undefined || !isUnknownScript(error)) throw error;
      return send('EVAL', text, ...command.slice(2));
    }
  };
}

export interface FailFastOptions {
  /** How long to wait for a reply. */
  timeoutMs: number;
  /** How long to send nothing after a failure. Then one command is sent, and the others still fail at once. */
  retryAfterMs: number;
  onDown: (error: unknown) => void;
  onUp: () => void;
}

/** Fails at once while Redis is known to be down: a frozen Redis must not cost every request the time limit. */
export function failFast(send: SendCommand, { timeoutMs, retryAfterMs, onDown, onUp }: FailFastOptions): SendCommand {
  let downUntilMs: number | undefined;

  function answered(): void {
    if (downUntilMs !== undefined) onUp();
    downUntilMs = undefined;
  }

  function failed(error: unknown): void {
    if (downUntilMs === undefined) onDown(error);
    downUntilMs = performance.now() + retryAfterMs;
  }

  return async (...command) => {
    if (downUntilMs !== undefined) {
      if (performance.now() < downUntilMs) throw new Error('Redis did not answer a moment ago.');
      downUntilMs = performance.now() + Math.max(retryAfterMs, timeoutMs);
    }
    try {
      const reply = await within(send(...command), timeoutMs, 'Redis');
      answered();
      return reply;
    } catch (error) {
      // A restarted Redis does not know the script. It has responded, so it is not down, and the text of the script may
      // be sent at once.
      if (isUnknownScript(error)) answered();
      else failed(error);
      throw error;
    }
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
