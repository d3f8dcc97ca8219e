import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { problemReply } from '@mainstay/errors';
import { createExpress, requestDeadline } from '../src/index.js';
import { createLimitedServer } from '../src/listen.js';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const failing: (() => void)[] = [];
const app = createExpress();
// The test checks that Express prints no error. If `env` were 'test', Express would never print errors.
app.set('env', 'production');
app.use(requestDeadline({ defaultMs: 20 }));
app.get('/late', () => new Promise((_, reject) => failing.push(() => reject(new Error('too late')))));
app.get('/', (_req, res) => void res.end('ok'));
app.use(problemReply({ requestId: () => 'r-1', report: () => undefined }));
const server = createLimitedServer(app);
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  agent.destroy();
  server.close();
});

function ask(path: string): Promise<{ status: number | undefined; port: number | undefined }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ port, path, agent }, (reply) => {
      const from = reply.socket.localPort;
      reply.resume().on('end', () => resolve({ status: reply.statusCode, port: from }));
    }).on('error', reject);
  });
}

describe('requestDeadline', () => {
  it('responds with 504, and ignores a later failure of the handler', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const late = await ask('/late');
    expect(late.status).toBe(504);
    for (const fail of failing) fail();
    await new Promise(setImmediate);
    expect(await ask('/')).toEqual({ status: 200, port: late.port });
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });
});
