import { Refusal } from '../../terminal.ts';

/**
 * Sends a request to a service of this machine and checks the status. Each request opens a new connection, so that each
 * worker of the service gets requests.
 * @throws Refusal when the status is not the expected one
 */
export async function expectReply(
  url: string,
  { isExpected = (status) => status === 200, body }: { isExpected?: (status: number) => boolean; body?: object } = {},
): Promise<void> {
  const headers = { connection: 'close', 'content-type': 'application/json' };
  const sent = fetch(url, {
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    headers,
    signal: AbortSignal.timeout(15_000),
  });
  const [status, text] = await sent.then(
    async (reply) => [reply.status, await reply.text()] as const,
    (error: Error) => [0, (error.cause as Error | undefined)?.message ?? error.message] as const,
  );
  if (status === 0) throw new Refusal(`${url} does not answer: ${text}`);
  if (!isExpected(status)) throw new Refusal(`${url} answers ${status}: ${text.trim().slice(0, 300)}`);
}
