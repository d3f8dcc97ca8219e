// @ts-check
/**
 * A credential for kubectl, which runs this when it needs one: GitHub's own token of this job (OIDC), good for some minutes and for one audience.
 * Its subject names the repository and the environment, to which the cluster gives rights. Nothing is stored.
 */
const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = '' } = process.env;
const [audience = ''] = process.argv.slice(2);

try {
  if (url === '' || bearer === '' || audience === '')
    throw new Error('no job of GitHub with `id-token: write`, or no audience');
  const reply = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${bearer}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!reply.ok) throw new Error(`GitHub answered ${reply.status}`);
  const { value } = /** @type {{ value: string }} */ (await reply.json());
  const { exp } = JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString());
  const status = { token: value, expirationTimestamp: new Date(exp * 1_000).toISOString() };
  console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }));
} catch (error) {
  console.error(`There is no token for the cluster: ${error instanceof Error ? error.message : String(error)}.`);
  process.exitCode = 1;
}
