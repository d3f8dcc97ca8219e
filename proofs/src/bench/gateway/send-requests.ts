import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface SentRequests {
  seconds: number;
  /** Replies 200 or 201. */
  succeeded: number;
  /** Replies with any other status. */
  other: number;
  p99Ms: number;
}

export interface Requests {
  url: string;
  method: 'GET' | 'POST';
  path: string;
  /** One of these goes with each request, each in its turn. */
  cookies: readonly string[];
  clients: number;
  seconds: number;
}

/** Sends one kind of request with wrk, as fast as it is answered. A POST has a small body and an Idempotency-Key of its own. */
export async function sendRequests(requests: Requests): Promise<SentRequests> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-wrk-'));
  try {
    const script = join(folder, 'requests.lua');
    await writeFile(script, scriptOf(requests));
    const { clients, seconds, url } = requests;
    const args = ['--threads', '1', '--connections', String(clients), '--duration', `${seconds}s`, '--timeout', '10s'];
    const { stdout } = await execute('wrk', [...args, '--script', script, url]);
    const summary = /^SUMMARY (.*)$/m.exec(stdout)?.[1];
    if (summary === undefined) throw new Error(`wrk printed no summary: ${stdout}`);
    return JSON.parse(summary) as SentRequests;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function scriptOf({ method, path, cookies }: Requests): string {
  return `
local cookies = {${cookies.map((cookie) => JSON.stringify(cookie)).join(', ')}}
local sent, threads = math.random(#cookies), {}
succeeded, other = 0, 0
local run = ${Math.floor(Math.random() * 1e9)}

function setup(thread) table.insert(threads, thread) end

function request()
  sent = sent + 1
  local headers = { ["cookie"] = cookies[sent % #cookies + 1], ["accept"] = "application/json", ["user-agent"] = "bench/1.0" }
  if "${method}" == "GET" then return wrk.format("GET", "${path}", headers) end
  headers["content-type"] = "application/json"
  headers["idempotency-key"] = run .. "-" .. sent
  return wrk.format("POST", "${path}", headers, '{"amount":1,"toAccountId":"0199c0de-0000-7000-8000-000000000001"}')
end

function response(status)
  if status == 200 or status == 201 then succeeded = succeeded + 1 else other = other + 1 end
end

function done(summary, latency)
  local s, o = 0, 0
  for _, thread in ipairs(threads) do s, o = s + thread:get("succeeded"), o + thread:get("other") end
  io.write(string.format('SUMMARY {"seconds":%f,"succeeded":%d,"other":%d,"p99Ms":%f}\\n',
    summary.duration / 1e6, s, o, latency:percentile(99) / 1e3))
end
`;
}
