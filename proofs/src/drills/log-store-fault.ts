import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

/** A log store that refuses each document, as Elasticsearch does where a field does not fit its mapping, until it is mended. */
export function openRefusingLogStore() {
  return {
    async prepare() {
      let isRefusing = false;
      const server = createServer(async (req, res) => {
        const lines = (await text(req)).split('\n').filter(Boolean);
        const status = isRefusing ? 400 : 201;
        const refusal = isRefusing
          ? { error: { type: 'document_parsing_exception', reason: 'as the drill wants it' } }
          : {};
        const items = lines.flatMap((_, index) => (index % 2 === 0 ? [{ create: { status, ...refusal } }] : []));
        res.setHeader('x-elastic-product', 'Elasticsearch').setHeader('content-type', 'application/json');
        res.end(JSON.stringify({ took: 1, errors: isRefusing, items }));
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
      const { port } = server.address() as AddressInfo;
      return {
        environment: { ELASTICSEARCH_URL: `http://127.0.0.1:${port}`, LOG_SHIP_LEVEL: 'info', LOG_LEVEL: 'info' },
        refuse: () => (isRefusing = true),
        mend: () => (isRefusing = false),
        async close() {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        },
      };
    },
    async begin({ prepared }: { prepared: any }) {
      prepared.refuse();
      return prepared.mend;
    },
  };
}
