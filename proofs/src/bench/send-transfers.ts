import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Payers } from './payers.ts';

const execute = promisify(execFile);

export interface SentTransfers {
  seconds: number;
  /** Replies 201. */
  created: number;
  /** Replies with any other status. */
  other: number;
  p50Ms: number;
  p99Ms: number;
}

export interface Load {
  clients: number;
  seconds: number;
  /** The beginning of each Idempotency-Key of this run. */
  keys: string;
}

/** Sends transfers with wrk, as fast as they are answered, each with a key of its own. */
export async function sendTransfers(target: Payers, { clients, seconds, keys }: Load): Promise<SentTransfers> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-wrk-'));
  try {
    const script = join(folder, 'transfers.lua');
    await writeFile(script, scriptOf(target, keys));
    const args = ['--threads', '1', '--connections', String(clients), '--duration', `${seconds}s`, '--timeout', '10s'];
    const { stdout } = await execute('wrk', [...args, '--script', script, target.url]);
    const summary = /^SUMMARY (.*)$/m.exec(stdout)?.[1];
    if (summary === undefined) throw new Error(`wrk printed no summary: ${stdout}`);
    return JSON.parse(summary) as SentTransfers;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function scriptOf({ payers, hot }: Payers, keys: string): string {
  const list = (values: string[]) => `{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  return `
local names, values = ${list(payers.map(({ header }) => header[0]))}, ${list(payers.map(({ header }) => header[1]))}
local accounts, hot = ${list(payers.map(({ accountId }) => accountId))}, ${list(hot)}
local sent, threads = 0, {}
created, other = 0, 0
math.randomseed(${Math.floor(Math.random() * 1e9)})

function setup(thread) table.insert(threads, thread) end

function request()
  sent = sent + 1
  local from, to = math.random(#accounts), nil
  repeat
    local choices = (#hot > 0 and math.random() < 0.8) and hot or accounts
    to = choices[math.random(#choices)]
  until to ~= accounts[from]
  local headers = { ["content-type"] = "application/json", ["idempotency-key"] = "${keys}-" .. sent, [names[from]] = values[from] }
  local body = string.format('{"fromAccountId":"%s","toAccountId":"%s","amount":%d}', accounts[from], to, math.random(100))
  return wrk.format("POST", "/v1/transfers", headers, body)
end

function response(status)
  if status == 201 then created = created + 1 else other = other + 1 end
end

function done(summary, latency)
  local c, o = 0, 0
  for _, thread in ipairs(threads) do c, o = c + thread:get("created"), o + thread:get("other") end
  io.write(string.format('SUMMARY {"seconds":%f,"created":%d,"other":%d,"p50Ms":%f,"p99Ms":%f}\\n',
    summary.duration / 1e6, c, o, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`;
}
