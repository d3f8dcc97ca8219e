import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Results of all requests that one run of the load generator wrk sent. */
export interface Sent {
  seconds: number;
  /** Number of replies with status 200 or 201. */
  succeeded: number;
  other: number;
  p50Ms: number;
  p99Ms: number;
}
export interface Load {
  clients: number;
  seconds: number;
}

/** Each connection sends a request when the last reply has arrived. @param request Lua code that defines `request()` */
export async function runWrk(url: string, { clients, seconds }: Load, request: string): Promise<Sent> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-wrk-'));
  try {
    const script = join(folder, 'requests.lua');
    await writeFile(script, request + counting);
    const args = ['--threads', '1', '--connections', String(clients), '--duration', `${seconds}s`, '--timeout', '10s'];
    const { stdout } = await execute('wrk', [...args, '--script', script, url]);
    const summary = /^SUMMARY (.*)$/m.exec(stdout)?.[1];
    if (summary === undefined) throw new Error(`wrk printed no summary: ${stdout}`);
    return JSON.parse(summary) as Sent;
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function luaList(values: readonly string[]): string {
  return `{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
}

const counting = `
local threads = {}
succeeded, other = 0, 0

function setup(thread) table.insert(threads, thread) end

function response(status)
  if status == 200 or status == 201 then succeeded = succeeded + 1 else other = other + 1 end
end

function done(summary, latency)
  local s, o = 0, 0
  for _, thread in ipairs(threads) do s, o = s + thread:get("succeeded"), o + thread:get("other") end
  io.write(string.format('SUMMARY {"seconds":%f,"succeeded":%d,"other":%d,"p50Ms":%f,"p99Ms":%f}\\n',
    summary.duration / 1e6, s, o, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`;
