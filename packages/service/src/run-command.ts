import { loadConfig } from '@mainstay/config';
import { Redis } from 'ioredis';
import type { z } from 'zod';
import { sentinelOptions, type RedisAddress } from './redis-address.js';

export interface CommandDescription<Schema extends z.ZodObject, Order> {
  /** The name of the service whose settings the command reads. */
  service: string;
  /** The command reads `.env.<suffix>`, which can contain credentials that only the command may use. */
  dotenvSuffix?: string;
  configSchema: Schema;
  /**
   * Reads the arguments of the command.
   * @throws Error that says what to type
   */
  readOrder: (args: string[]) => Order;
}

/** Runs an operator's command with the service's settings. A failure prints one sentence and exits with 1. */
export async function runCommand<Schema extends z.ZodObject, Order>(
  { service, dotenvSuffix = service, configSchema, readOrder }: CommandDescription<Schema, Order>,
  action: (config: z.output<Schema>, order: Order) => Promise<void>,
): Promise<void> {
  try {
    const order = readOrder(process.argv.slice(2));
    await action(loadConfig({ service, dotenvSuffix, schema: configSchema }), order);
  } catch (error) {
    console.error(sentenceOf(error));
    process.exitCode = 1;
  }
}

/**
 * `readOrder` for a command without arguments.
 * @throws Error if it gets arguments
 */
export function noArguments(args: string[]): void {
  if (args.length > 0) throw new Error('This command takes no arguments.');
}

/**
 * Connects a command to Redis. If Redis is down, the command fails at once.
 * @throws the reason why the connection failed
 */
export async function connectRedis(address: RedisAddress): Promise<Redis> {
  const redis = new Redis(address.redisUrl.reveal(), {
    ...sentinelOptions(address),
    failoverDetector: false,
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    commandTimeout: 10_000,
  });
  let reason: unknown;
  redis.on('error', (error) => (reason = error));
  await redis.connect().catch((error: unknown) => {
    throw reason ?? error;
  });
  return redis;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tries all addresses of a name, and reports all failures in one error. The first failure is enough.
  const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED' && 'port' in cause) {
    return `Nothing answers on port ${String(cause.port)}. Is the platform running?`;
  }
  return error.message;
}
