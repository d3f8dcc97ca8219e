/**
 * The service behind the gateways of the benchmark.
 *
 *   node small-service.ts <port>
 */
import { createServer } from 'node:http';
import { v7 as newId } from 'uuid';

const body = Buffer.from(JSON.stringify({ items: [{ id: newId(), name: 'x'.repeat(235) }] }));
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length };

createServer((req, res) => {
  req.resume().on('end', () => {
    if (req.url !== '/internal/users') return void res.writeHead(req.method === 'POST' ? 201 : 200, headers).end(body);
    const user = { id: newId(), email: 'a@example.com', displayName: 'A', createdAt: new Date().toISOString() };
    res.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(user));
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
