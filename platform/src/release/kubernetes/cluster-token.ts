/**
 * kubectl runs this file to get a credential (docs/pipeline.md): the OIDC token that GitHub issues to the running job. The
 * token is valid for one audience and some minutes. This file does not store it.
 */
const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = '' } = process.env;
const [audience = ''] = process.argv.slice(2);
if (url === '' || bearer === '' || audience === '')
  throw new Error('the job has no permission `id-token: write`, or the audience is not set');
const reply = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
  headers: { authorization: `Bearer ${bearer}` },
  signal: AbortSignal.timeout(30_000),
});
if (!reply.ok) throw new Error(`GitHub returned ${reply.status}`);
const { value } = (await reply.json()) as { value: string };
const { exp } = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString()) as { exp: number };
const status = { token: value, expirationTimestamp: new Date(exp * 1_000).toISOString() };
console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));
