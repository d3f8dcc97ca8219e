import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { setUpElasticsearch, setUpKibana } from './set-up-log-store.ts';

interface Call {
  call: string;
  sent: string;
}
type Answer = (call: Call) => { status?: number; body?: unknown };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A server that answers as the function says. */
async function openStore(answer: Answer): Promise<{ access: { url: string }; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((req, res) => {
    void text(req).then((sent) => {
      const call = { call: `${req.method} ${req.url}`, sent };
      calls.push(call);
      const { status = 200, body = {} } = answer(call);
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { access: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, calls };
}

async function setUp(answer: Answer) {
  const { access, calls } = await openStore(answer);
  const said: string[] = [];
  await setUpElasticsearch(access, {
    stream: 'logs-mainstay-default',
    retention: '7d',
    say: (line) => said.push(line),
  });
  return { calls, said: said.join('\n') };
}

describe('npm run logs:setup', () => {
  it('installs the template with its retention, and rolls an existing stream over', async () => {
    const { calls, said } = await setUp(() => ({}));
    const template = JSON.parse(calls[0]?.sent ?? '') as { template: { lifecycle: unknown } };
    expect(template.template.lifecycle).toEqual({ data_retention: '7d' });
    expect(calls.at(-1)?.call).toBe('POST /logs-mainstay-default/_rollover');
    expect(said).toContain('rolled over');
  });

  it('reports what a server lacks, and does the rest', async () => {
    const { calls, said } = await setUp(({ call, sent }) => {
      if (call.startsWith('POST')) return { status: 404 };
      return sent.includes('lifecycle') ? { status: 400, body: { error: 'unknown field [lifecycle]' } } : {};
    });
    expect(said).toContain('it deletes no lines');
    expect(said).toContain('the first line will create it');
    expect(calls.filter(({ call }) => call.startsWith('PUT'))).toHaveLength(2);
  });

  it('fails with the reply if it lacks a right', async () => {
    await expect(setUp(() => ({ status: 403, body: { error: 'unauthorized for API key' } }))).rejects.toThrow(
      /403.*unauthorized/,
    );
  });

  it('imports every saved object, and fails if Kibana refuses one', async () => {
    const { access, calls } = await openStore(() => ({ body: { success: true, successCount: 5 } }));
    await setUpKibana(access, { say: () => undefined });
    expect(calls[0]?.sent).toContain('mainstay-request');
    const refusing = await openStore(() => ({ body: { success: false, errors: ['conflict'] } }));
    await expect(setUpKibana(refusing.access, { say: () => undefined })).rejects.toThrow(/conflict/);
  });
});
