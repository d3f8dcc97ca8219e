import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** How the store replies to a bulk request. */
export interface Behaviour {
  status?: number;
  itemStatus?: (document: Record<string, unknown>) => number;
  /** Accepts the documents, and breaks the connection before the reply. */
  cutAfterwards?: boolean;
  hangs?: boolean;
}

/** A real HTTP server with Elasticsearch's bulk API. Tests can make the server fail. */
export async function openFakeStore() {
  const documents = new Map<string, Record<string, unknown>>();
  const requests: { url: string; headers: http.IncomingHttpHeaders; documents: number }[] = [];
  const hanging = new Set<http.ServerResponse>();
  let behaviour: Behaviour = {};
  let port = 0;
  let server: http.Server | undefined;

  async function answer(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    const lines = (await text(req)).trimEnd().split('\n');
    requests.push({ url: req.url ?? '', headers: req.headers, documents: lines.length / 2 });
    const { status = 200, itemStatus = () => 201, cutAfterwards, hangs } = behaviour;
    if (hangs) return void hanging.add(res);
    res.setHeader('x-elastic-product', 'Elasticsearch');
    res.setHeader('content-type', 'application/json');
    if (status !== 200) return void res.writeHead(status).end(JSON.stringify({ error: { reason: 'told to' }, status }));
    const items = lines.flatMap((line, index) => {
      if (index % 2 === 1) return [];
      const { create } = JSON.parse(line) as { create: { _id: string } };
      const document = JSON.parse(lines[index + 1]!) as Record<string, unknown>;
      const wanted = documents.has(create._id) ? 409 : itemStatus(document);
      if (wanted < 300) documents.set(create._id, document);
      return [{ create: { _id: create._id, status: wanted, ...(wanted >= 300 && { error: { reason: 'told to' } }) } }];
    });
    if (cutAfterwards) return void res.destroy();
    res.end(JSON.stringify({ errors: items.some(({ create }) => create.status >= 300), items }));
  }

  const store = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    requests,
    documents: () => [...documents.values()],
    behave(next: Behaviour) {
      behaviour = next;
      for (const res of hanging) res.destroy();
      hanging.clear();
    },
    async start() {
      server = http.createServer((req, res) => void answer(req, res));
      await once(server.listen(port, '127.0.0.1'), 'listening');
      port = (server.address() as AddressInfo).port;
    },
    async stop() {
      if (!server?.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  await store.start();
  return store;
}
