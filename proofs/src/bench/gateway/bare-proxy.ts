/**
 * A candidate of the benchmark: @fastify/http-proxy as its README sets it up, without anything else.
 *
 *   node bare-proxy.ts <port> <url of the service>
 */
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';

const [port, upstream = ''] = process.argv.slice(2);
const app = fastify();
await app.register(httpProxy, { upstream });
await app.listen({ port: Number(port), host: '127.0.0.1' });
