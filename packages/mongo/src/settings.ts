import { integer, secretUrl } from '@mainstay/config';
import type { z } from 'zod';

/** The settings of a service with a MongoDB database. Spread them into the service's schema. */
export const mongoSettings = {
  mongoUrl: secretUrl({ protocols: ['mongodb', 'mongodb+srv'] }).describe(
    'URL of MongoDB. The path of the URL names the database of the service.',
  ),
  mongoPoolMax: integer({ min: 1, max: 500 })
    .default(20)
    .describe(
      'Highest number of connections to MongoDB, shared equally by the PM2 workers. Each worker gets at least 2 connections, or 1 if this number is 1. A reload can double the number of connections.',
    ),
  mongoTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(3_000)
    .describe('Longest time for each wait: for a MongoDB server, for a free connection, and for a reply.'),
};

export type MongoSettings = z.output<z.ZodObject<typeof mongoSettings>>;
