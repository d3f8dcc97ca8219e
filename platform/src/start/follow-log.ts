import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { logBytes } from '../processes/process-log.ts';
import { progress } from '../terminal.ts';

const EVERY_MS = 400;
/** A failing service can write thousands of lines, so lines above this number are counted and not shown. */
const LINES_AT_ONCE_MAX = 5;

/** Shows new log lines for which `isShown` returns true. @returns a function that stops following the log */
export function followLog(name: string, file: string, isShown: (line: string) => boolean): () => Promise<void> {
  const ending = new AbortController();
  let offset = logBytes(file);
  let rest = '';

  async function follow(): Promise<void> {
    while (!ending.signal.aborted) {
      await delay(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
      const size = logBytes(file);
      if (size < offset) offset = 0; // the file was emptied
      if (size === offset) continue;
      for await (const chunk of createReadStream(file, { start: offset, end: size - 1, encoding: 'utf8' }))
        rest += chunk;
      const lines = rest.split('\n');
      offset = size;
      rest = lines.pop() ?? '';
      const shown = lines.filter(isShown);
      for (const line of shown.slice(0, LINES_AT_ONCE_MAX)) progress(`${name}: ${readableLine(line)}`);
      const more = shown.length - LINES_AT_ONCE_MAX;
      if (more > 0) progress(`${name}: … and ${more} more in ${file}`);
    }
  }

  const following = follow();
  return async () => {
    ending.abort();
    await following;
  };
}

/** `{"level":"warn","message":"…"}` becomes `warn: …`. A line that is not JSON does not change. */
export function readableLine(line: string): string {
  const { level, message = '', error } = parsed(line);
  if (level === undefined) return line;
  return `${level}: ${message}${error?.message === undefined ? '' : ` (${error.message})`}`;
}

export const isGrave = (line: string) => ['warn', 'error'].includes(parsed(line).level ?? '');

function parsed(line: string): { level?: string; message?: string; error?: { message?: string } | null } {
  try {
    return (JSON.parse(line) as ReturnType<typeof parsed> | null) ?? {};
  } catch {
    return {};
  }
}
