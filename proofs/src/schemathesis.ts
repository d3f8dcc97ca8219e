/**
 * Proves that the running platform answers as its OpenAPI document says. Schemathesis makes requests from the document, signed in and anonymous, and compares
 * each reply with the document.
 *
 *   RATE_LIMIT_SESSION_MAX=1000000 RATE_LIMIT_ANONYMOUS_MAX=1000000 RATE_LIMIT_LOGIN_MAX=1000000 npm start
 *   node proofs/src/schemathesis.ts [--url http://127.0.0.1:3000] [--examples 50]
 *
 * Needs `python3` with venv, or the program `schemathesis` in the variable SCHEMATHESIS. Without this variable the proof installs
 * Schemathesis in a temporary folder. Never run it against a platform that is in use: it writes random data.
 *
 * The proof leaves out the live feed, which has no end, and two checks that this API cannot pass. `positive_data_acceptance`
 * expects that all data of the right form is accepted, but a cursor must be signed and the current password must be
 * correct. `ignored_auth` needs the name of the cookie in a security scheme, but that name depends on TLS.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCustomer } from './clients/customer.ts';
import { openHttpClient } from './clients/http-client.ts';

const version = '4.32.5';
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:3000' },
    examples: { type: 'string', default: '50' },
  },
});
/** Operations that end the session, which other operations need. */
const endSession = ['register', 'signIn', 'signOut', 'revokeSession'];
const endless = 'followEvents';
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const folder = mkdtempSync(join(tmpdir(), 'mainstay-schemathesis-'));
try {
  const program = process.env.SCHEMATHESIS ?? install();
  const document = await fetchDocument();
  const { cookie, sessionId } = await register();
  const signedIn = ['-H', `Cookie: ${cookie}`, '-H', `Expected-Session: ${sessionId}`];
  const others = endSession.flatMap((id) => ['--exclude-operation-id', id]);
  const found = [
    await run(program, document, [...signedIn, ...others, '--exclude-operation-id', endless]),
    // Without a session, all operations except registration and sign-in must be refused.
    await run(program, document, ['--exclude-operation-id', endless]),
  ];
  process.exitCode = found.every((status) => status === 0) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function install(): string {
  execFileSync('python3', ['-m', 'venv', join(folder, 'venv')]);
  execFileSync(join(folder, 'venv/bin/pip'), ['install', '--quiet', `schemathesis==${version}`], { stdio: 'inherit' });
  return join(folder, 'venv/bin/schemathesis');
}

/** Removes the security scheme from the document: the cookie is sent as a header, and Schemathesis would replace it. */
async function fetchDocument(): Promise<string> {
  const reply = await fetch(`${values.url}/openapi.json`);
  const document = (await reply.json()) as { security?: unknown; components: { securitySchemes?: unknown } };
  delete document.security;
  delete document.components.securitySchemes;
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/** Registers a user with accounts. */
async function register(): Promise<{ cookie: string; sessionId: string }> {
  const client = openHttpClient({ url: values.url });
  const customer = await openCustomer(client.send);
  const { session } = (await customer.demand(200, { path: '/v1/session' })).json;
  client.close();
  return { cookie: customer.cookie(), sessionId: session.id };
}

/**
 * Runs Schemathesis, and stops it if this process gets a signal to stop.
 * @throws Error if Schemathesis was stopped
 */
async function run(program: string, document: string, more: string[]): Promise<number | null> {
  const args = ['run', document, '--url', values.url, '-n', values.examples, '--continue-on-failure'];
  const excluded = ['--exclude-checks', 'positive_data_acceptance,ignored_auth'];
  const all = [...args, ...excluded, '--request-timeout', '30', ...more];
  const child = spawn(program, all, { stdio: 'inherit', cwd: folder });
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of endings) process.on(signal, stop);
  const [status, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  for (const signal of endings) process.off(signal, stop);
  if (killedBy) throw new Error(`Schemathesis was stopped by ${killedBy}.`);
  return status;
}
