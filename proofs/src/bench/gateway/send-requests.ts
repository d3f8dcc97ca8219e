import { luaList, runWrk, type Load, type Sent } from '../wrk.ts';

export interface Requests extends Load {
  url: string;
  method: 'GET' | 'POST';
  path: string;
  /** Requests use these cookies in turn. */
  cookies: readonly string[];
}

/** Sends one kind of request. A POST has a small body and an Idempotency-Key of its own. */
export function sendRequests({ url, method, path, cookies, ...load }: Requests): Promise<Sent> {
  const script = `
local cookies = ${luaList(cookies)}
local sent = math.random(#cookies)
local run = ${Math.floor(Math.random() * 1e9)}

function request()
  sent = sent + 1
  local headers = { ["cookie"] = cookies[sent % #cookies + 1], ["accept"] = "application/json", ["user-agent"] = "bench/1.0" }
  if "${method}" == "GET" then return wrk.format("GET", "${path}", headers) end
  headers["content-type"] = "application/json"
  headers["idempotency-key"] = run .. "-" .. sent
  return wrk.format("POST", "${path}", headers, '{"amount":1,"toAccountId":"0199c0de-0000-7000-8000-000000000001"}')
end
`;
  return runWrk(url, load, script);
}
