/**
 * Proves with Schemathesis that the running platform responds as its OpenAPI document says.
 *
 *   RATE_LIMIT_SESSION_MAX=1000000 RATE_LIMIT_ANONYMOUS_MAX=1000000 RATE_LIMIT_LOGIN_MAX=1000000 npm start
 *   node proofs/src/schemathesis.ts [--url http://127.0.0.1:3000] [--examples 50]
 *
 * Needs the program `schemathesis` (tried with 4.32.5: pipx install schemathesis==4.32.5).
 * Writes random data. Do not run the proof on a platform in use.
 *
 * The proof skips the live feed, because a live feed does not end. The proof also skips two checks of Schemathesis. The
 * check `positive_data_acceptance` would fail, because the platform refuses random cursors. The check `ignored_auth`
 * needs the name of the session cookie, but the name of the cookie depends on TLS.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCustomer } from './clients/customer.ts';
import { openHttpClient } from './clients/http-client.ts';
import { readFlags } from './read-flags.ts';

const { url, examples } = readFlags({ url: 'http://127.0.0.1:3000', examples: 50 });
/** These operations end or replace the session, so the run with a session excludes these operations. */
const endSession = ['register', 'signIn', 'signOut', 'revokeSession'];
const endless = 'followEvents';

const folder = mkdtempSync(join(tmpdir(), 'mainstay-schemathesis-'));
try {
  const document = await fetchDocument();
  const { cookie, sessionId } = await register();
  const others = [...endSession, endless].flatMap((id) => ['--exclude-operation-id', id]);
  const found = [
    run(document, ['-H', `Cookie: ${cookie}`, '-H', `Expected-Session: ${sessionId}`, ...others]),
    // This run sends no session cookie, so the platform must refuse the operations that need a session.
    run(document, ['--exclude-operation-id', endless]),
  ];
  process.exitCode = found.every((status) => status === 0) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Removes the security scheme, because with a security scheme Schemathesis would replace the Cookie header. */
async function fetchDocument(): Promise<string> {
  const reply = await fetch(`${url}/openapi.json`);
  const document = (await reply.json()) as { security?: unknown; components: { securitySchemes?: unknown } };
  delete document.security;
  delete document.components.securitySchemes;
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(document));
  return file;
}

async function register(): Promise<{ cookie: string; sessionId: string }> {
  const client = openHttpClient({ url });
  const customer = await openCustomer(client.send);
  const { session } = (await customer.demand(200, { path: '/v1/session' })).json;
  client.close();
  return { cookie: customer.cookie(), sessionId: session.id };
}

function run(document: string, more: string[]): number | null {
  const args = ['run', document, '--url', url, '-n', String(examples), '--continue-on-failure'];
  const excluded = ['--exclude-checks', 'positive_data_acceptance,ignored_auth', '--request-timeout', '30'];
  const options = { stdio: 'inherit', cwd: folder } as const;
  const { status, error } = spawnSync('schemathesis', [...args, ...excluded, ...more], options);
  if (error) throw error;
  return status;
}
