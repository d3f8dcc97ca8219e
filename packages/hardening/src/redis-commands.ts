import { within } from '@mainstay/errors';
import { createHash } from 'node:crypto';

/**
 * Sends one Redis command and returns its reply. With ioredis: `(command, ...args) => redis.call(command, ...args)`.
 */
export type SendCommand = (...args: string[]) => Promise<unknown>;

/**
 * Makes scripts work after Redis was down or has lost them. If SCRIPT LOAD failed once, rate-limit-redis would fail
 * forever. So this function answers SCRIPT LOAD itself, and sends a script as text if Redis does not know the script.
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
  /** The longest wait for a reply. */
  timeoutMs: number;
  /** After a failure, commands reject at once for this time. Then one command tries Redis. */
  retryAfterMs: number;
  onDown: (error: unknown) => void;
  onUp: () => void;
}

/** Rejects at once while Redis is down, so that requests do not wait for the time limit. */
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
      // Redis has answered and lacks the script, so Redis is not down.
      if (isUnknownScript(error)) answered();
      else failed(error);
      throw error;
    }
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
