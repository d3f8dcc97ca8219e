import type { Payers } from './payers.ts';
import { luaList, runWrk, type Load, type Sent } from './wrk.ts';

/** Sends transfers, each with a key of its own. @param keys the beginning of each Idempotency-Key of this run */
export function sendTransfers({ url, payers, hot }: Payers, load: Load, keys: string): Promise<Sent> {
  const headers = payers.map(({ header }) => header);
  const script = `
local names, values = ${luaList(headers.map(([name]) => name))}, ${luaList(headers.map(([, value]) => value))}
local accounts, hot = ${luaList(payers.map(({ accountId }) => accountId))}, ${luaList(hot)}
local sent = 0
math.randomseed(${Math.floor(Math.random() * 1e9)})

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
`;
  return runWrk(url, load, script);
}
