import http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorCodes, type ErrorCode } from '@mainstay/errors';
import { nastyBodies, nastyHeaders, nastyTexts, nastyValues, random } from './hostile-inputs.js';
import { startPlatform, type Platform } from './platform.js';

/** Other seeds test other combinations: HOSTILE_SEED=$RANDOM HOSTILE_REQUESTS=500 npm test -- e2e/hostile-inputs */
const seed = Number(process.env.HOSTILE_SEED ?? 1);
const requestsPerOperation = Number(process.env.HOSTILE_REQUESTS ?? 30);
const person = { email: 'ada@example.com', password: 'correct horse battery', displayName: 'Ada' };

/** Matches internal information: stack traces, file positions, error texts of stores. No input contains such text, so a match is a leak. */
const inside =
  /\bat \S+ \(|\.[cm]?[jt]s:\d|node_modules|\/dist\/|\/src\/|relation "|syntax error|violates|invalid input|SQLSTATE|Mongo|BSON|ioredis|ECONN|TypeError/;

interface Operation {
  method: string;
  path: string;
  query: string[];
  fields: string[];
}

interface Attempt {
  method: string;
  path: string;
  headers: http.OutgoingHttpHeaders;
  body: Buffer | undefined;
}

let platform: Platform;
let cookie: string;
let agent: http.Agent;
/** Valid values for fields, so that only the invalid field can cause a refusal. */
const valid: Record<string, unknown> = {};

beforeAll(async () => {
  agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  platform = await startPlatform({
    RATE_LIMIT_ANONYMOUS_MAX: '100000',
    RATE_LIMIT_SESSION_MAX: '100000',
    RATE_LIMIT_LOGIN_MAX: '100000',
    REQUEST_DEADLINE_MS: '60000',
    LOG_LEVEL: 'error',
  });
  cookie = (await postJson('/v1/users', person)).cookie;
  const accounts = [];
  for (const name of ['One', 'Two']) accounts.push((await postJson('/v1/accounts', { name, currency: 'EUR' })).json.id);
  const [fromAccountId, toAccountId] = accounts;
  Object.assign(valid, person, {
    fromAccountId,
    toAccountId,
    name: 'Account',
    currency: 'EUR',
    amount: 1,
    memo: 'memo',
  });
  Object.assign(valid, {
    currentPassword: 'a wrong password',
    newPassword: 'another horse battery',
    accountId: fromAccountId,
  });
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await platform.close();
});

async function postJson(path: string, body: object) {
  const headers = { 'content-type': 'application/json', ...(cookie && { cookie }) };
  const reply = await send({ method: 'POST', path, headers, body: Buffer.from(JSON.stringify(body)) });
  const [set = ''] = reply.headers['set-cookie'] ?? [];
  return { cookie: set.split(';', 1)[0] ?? '', json: JSON.parse(reply.text) as { id: string } };
}

function send({
  method,
  path,
  headers,
  body,
}: Attempt): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const length = body && { 'content-length': body.length };
    const req = http.request(platform.url, { method, path, agent, headers: { ...headers, ...length } }, (res) => {
      const { statusCode: status = 0 } = res;
      const chunks: Buffer[] = [];
      const end = (): void => resolve({ status, headers: res.headers, text: Buffer.concat(chunks).toString('latin1') });
      res.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', end);
      // A live feed never ends, so do not wait for its end.
      if (res.headers['content-type']?.startsWith('text/event-stream')) {
        end();
        req.destroy();
      }
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** Repeats a request that gets 503, because an overloaded service refuses any input. */
async function sendAdmitted(attempt: Attempt): ReturnType<typeof send> {
  for (let tries = 1; ; tries += 1) {
    const reply = await send(attempt);
    if (reply.status !== 503 || tries === 5) return reply;
  }
}

async function operations(): Promise<Operation[]> {
  interface Schema {
    $ref?: string;
    properties?: object;
  }
  interface Described {
    parameters?: { in: string; name: string }[];
    requestBody?: { content: Record<string, { schema: Schema }> };
  }
  const { text } = await send({ method: 'GET', path: '/openapi.json', headers: {}, body: undefined });
  const document = JSON.parse(text) as {
    paths: Record<string, Record<string, Described>>;
    components: { schemas: Record<string, Schema> };
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      const named =
        schema?.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
      const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
      return { method: method.toUpperCase(), path, query, fields: Object.keys(named?.properties ?? {}) };
    }),
  );
}

/** Makes a request to an operation with invalid text in some of its parts: path, query, headers and body. */
function attemptAt({ method, path, query, fields }: Operation, next: () => number): Attempt {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!;
  const text = () => encodeURIComponent(pick(nastyTexts));
  const isWrong = { path: next() < 0.4, query: next() < 0.4, headers: next() < 0.3, body: next() < 0.6 };
  const target = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    isWrong.path ? text() : String(valid[name] ?? valid.accountId),
  );
  const parameters = isWrong.query
    ? [1, 2].map(() => `${next() < 0.7 && query.length > 0 ? pick(query) : text()}=${text()}`).join('&')
    : '';
  const headers: http.OutgoingHttpHeaders = {
    'content-type': 'application/json',
    'idempotency-key': `key-${next()}`,
    // With the cookie, these requests would end the shared session.
    ...(!(path === '/v1/session' || path === '/v1/users') && { cookie }),
    ...(isWrong.headers && pick(nastyHeaders)),
  };
  const hasBody = method === 'POST' || method === 'PUT';
  const body = !hasBody ? undefined : isWrong.body && next() < 0.4 ? pick(nastyBodies) : bodyWith(isWrong.body);
  return { method, path: `${target}${parameters && `?${parameters}`}`, headers, body };

  function bodyWith(wrong: boolean): Buffer {
    const pairs = fields.map((field) => [field, JSON.stringify(valid[field] ?? 'x')]);
    if (wrong && pairs.length > 0) pick(pairs)[1] = pick(nastyValues);
    if (wrong && next() < 0.2) pairs.push([pick(nastyTexts), pick(nastyValues)]);
    return Buffer.from(`{${pairs.map(([field, value]) => `${JSON.stringify(field)}:${value}`).join(',')}}`);
  }
}

describe('any input', () => {
  it(
    'gets a reply or a refusal, without internal information',
    async () => {
      const next = random(seed);
      const attempts = (await operations()).flatMap((operation) =>
        Array.from({ length: requestsPerOperation }, () => attemptAt(operation, next)),
      );
      const wrong: unknown[] = [];
      const statuses = new Map<number, number>();
      async function work(): Promise<void> {
        for (let attempt = attempts.pop(); attempt; attempt = attempts.pop()) {
          const { status, headers, text } = await sendAdmitted(attempt);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          const complaint = complaintAbout(status, headers, text);
          if (complaint)
            wrong.push({
              complaint,
              seed,
              attempt: { ...attempt, body: attempt.body?.toString('latin1').slice(0, 300) },
              text,
            });
        }
      }
      await Promise.all([work(), work(), work(), work()]);
      expect(wrong).toEqual([]);
      // The services must have refused some inputs for their content and accepted others.
      for (const status of [200, 201, 400, 404]) expect(statuses.get(status) ?? 0).toBeGreaterThan(5);
      expect((await send({ method: 'GET', path: '/v1/session', headers: { cookie }, body: undefined })).status).toBe(
        200,
      );
    },
    60_000 + requestsPerOperation * 1_000,
  );
});

describe('a request with two Idempotency-Keys', () => {
  it.each([[['one', 'two']], ['one, two'], ['"one", "two"'], [['one', 'one']]])(
    'is refused, because it is unclear which key counts: %j',
    async (key) => {
      const { status, text } = await sendAdmitted({
        method: 'POST',
        path: `/v1/accounts/${String(valid.accountId)}/deposits`,
        headers: { cookie, 'content-type': 'application/json', 'idempotency-key': key },
        body: Buffer.from('{"amount":1}'),
      });
      expect([status, (JSON.parse(text) as { errors?: object[] }).errors]).toEqual([
        400,
        [{ path: 'Idempotency-Key', message: expect.any(String) }],
      ]);
    },
  );
});

function complaintAbout(status: number, headers: http.IncomingHttpHeaders, text: string): string | undefined {
  if (status < 400) return undefined;
  if (status >= 500) return 'no fault of the client';
  if (headers['content-type'] !== 'application/problem+json') return 'no problem';
  const problem = JSON.parse(text) as { code: ErrorCode; status: number };
  if (!Object.hasOwn(errorCodes, problem.code) || problem.status !== status) return 'an unknown code or another status';
  return inside.test(text) ? 'a look inside' : undefined;
}
