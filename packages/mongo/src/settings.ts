import { integer, secretUrl } from '@mainstay/config';
import type { z } from 'zod';

/** The settings of a service with a MongoDB database. Spread them into the service's schema. */
export const mongoSettings = {
  mongoUrl: secretUrl({ protocols: ['mongodb', 'mongodb+srv'] }).describe('MongoDB, with the database of the service.'),
  mongoPoolMax: integer({ min: 1, max: 500 })
    .default(20)
    .describe('Connections to MongoDB, divided among the PM2 workers, at least 2 each. A reload may double them.'),
  mongoTimeoutMs: integer({ min: 100, max: 60_000 })
    .default(3_000)
    .describe('How long to wait for a server, a connection, and a reply of MongoDB.'),
};

export type MongoSettings = z.output<z.ZodObject<typeof mongoSettings>>;
