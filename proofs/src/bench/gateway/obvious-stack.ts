/**
 * A gateway built from well-known packages as their READMEs advise.
 * Missing: breaker, bulkhead, retry, overload guard, revocation and trace context.
 *
 *   node obvious-stack.ts <port> <url of the service> <url of Redis>
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { RedisStore as SessionStore } from 'connect-redis';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import helmet from 'helmet';
import { Redis } from 'ioredis';
import { SignJWT } from 'jose';
import { Histogram, Registry } from 'prom-client';
import { RedisStore as LimitStore, type RedisReply } from 'rate-limit-redis';
import { Pool } from 'undici';
import winston from 'winston';

declare module 'express-session' {
  interface SessionData {
    userId: string;
  }
}

const [port, serviceUrl = '', redisUrl = ''] = process.argv.slice(2);
const redis = new Redis(redisUrl);
const service = new Pool(serviceUrl);
const { privateKey } = generateKeyPairSync('ed25519');
const log = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [new winston.transports.Console()],
});
const durations = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of requests.',
  labelNames: ['method', 'status'],
  registers: [new Registry()],
});
/** connect-redis expects a client with the interface of node-redis. */
const sessionClient = {
  get: (key: string) => redis.get(key),
  set: (key: string, text: string, { expiration }: { expiration: { value: number } }) =>
    redis.set(key, text, 'EX', expiration.value),
  expire: (key: string, seconds: number) => redis.expire(key, seconds),
};

const app = express();
app.use(helmet());
app.use((req, res, next) => {
  const end = durations.startTimer();
  res.on('finish', () => {
    const { method, originalUrl: url } = req;
    end({ method, status: res.statusCode });
    log.info('request', { id: randomUUID(), method, url, status: res.statusCode, userId: req.session.userId });
  });
  next();
});
app.use(
  session({
    store: new SessionStore({ client: sessionClient as never }),
    secret: randomUUID(),
    resave: false,
    saveUninitialized: false,
  }),
);
app.use(
  rateLimit({
    windowMs: 900_000,
    limit: 1_000_000_000,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: ({ session }) => session.userId ?? 'anonymous',
    store: new LimitStore({
      sendCommand: (...[command = '', ...rest]) => redis.call(command, ...rest) as Promise<RedisReply>,
    }),
  }),
);
app.post('/v1/users', (req, res) => {
  req.session.userId = randomUUID();
  res.status(201).json({});
});
app.use('/v1', async (req, res) => {
  const { userId } = req.session;
  if (userId === undefined) return void res.sendStatus(401);
  const token = new SignJWT().setSubject(userId).setProtectedHeader({ alg: 'EdDSA' }).setExpirationTime('60s');
  const hasBody = req.method === 'POST' || req.method === 'PUT';
  const reply = await service.request({
    method: req.method,
    path: req.originalUrl,
    headers: { accept: 'application/json', 'content-type': 'application/json', identity: await token.sign(privateKey) },
    body: hasBody ? req : null,
    signal: AbortSignal.timeout(10_000),
  });
  res.status(reply.statusCode).set('content-type', String(reply.headers['content-type']));
  await pipeline(reply.body, res);
});
app.listen(Number(port), '127.0.0.1');
