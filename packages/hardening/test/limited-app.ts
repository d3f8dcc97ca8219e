import { AppError, problemReply } from '@mainstay/errors';
import { jest } from '@jest/globals';
import express from 'express';
import { Redis } from 'ioredis';
import request from 'supertest';
import { createRateLimiters } from '../src/index.js';

export const PASSWORD = 'correct horse';

export interface LimitedApp {
  /** Sends a request from an IP address. With `user`, the request comes from a signed-in user. */
  get: (from: { address?: string; user?: string }) => request.Test;
  signIn: (from: { address: string; email: unknown; password?: string }) => request.Test;
  log: { info: jest.Mock; warn: jest.Mock; error: jest.Mock };
  redis: Redis;
  /** Sets a function that the app runs while it checks a password. */
  whileChecking: (happens: () => Promise<unknown>) => void;
  /** Returns the number of sign-ins that reached the handler. */
  attempts: () => number;
}

/** Creates an Express app that limits requests and sign-ins. */
export function createLimitedApp(redisUrl: string): LimitedApp {
  const redis = new Redis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  const log = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
  const limiters = createRateLimiters({
    sendCommand: (command, ...args) => redis.call(command, ...args),
    log,
    windowS: 60,
    anonymousMax: 3,
    sessionMax: 5,
    loginMax: 2,
    userIdOf: (req) => req.get('test-user'),
  });
  let attempts = 0;
  let whileChecking: () => Promise<unknown> = () => Promise.resolve();

  const app = express();
  app.set('trust proxy', 1);
  app.get('/', limiters.requests, (_req, res) => void res.json({}));
  app.post('/session', express.json(), limiters.logins, async (req, res) => {
    attempts += 1;
    await whileChecking();
    const { password } = req.body as { password: unknown };
    if (password === 'during an outage') throw new AppError('unavailable');
    if (typeof password !== 'string') throw new AppError('invalid_request');
    if (password !== PASSWORD) throw new AppError('invalid_credentials');
    res.status(201).json({});
  });
  app.use(problemReply({ requestId: () => 'test', report: () => undefined }));

  return {
    get({ address = '192.0.2.1', user }) {
      const call = request(app).get('/').set('x-forwarded-for', address);
      return user === undefined ? call : call.set('test-user', user);
    },
    signIn: ({ address, email, password }) =>
      request(app).post('/session').set('x-forwarded-for', address).send({ email, password }),
    log,
    redis,
    whileChecking: (happens) => void (whileChecking = happens),
    attempts: () => attempts,
  };
}
