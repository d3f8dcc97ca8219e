import { loadConfig, type Secret } from '@mainstay/config';
import { Redis } from 'ioredis';
import type { z } from 'zod';

export interface CommandDescription<Schema extends z.ZodObject> {
  /** Whose settings it reads. */
  service: string;
  configSchema: Schema;
}

/**
 * Runs a command that an operator types: settings as the service reads them, and one readable sentence with exit code 1 for whatever
 * goes wrong, never a stack.
 */
export async function runCommand<Schema extends z.ZodObject>(
  { service, configSchema }: CommandDescription<Schema>,
  action: (config: z.output<Schema>) => Promise<void>,
): Promise<void> {
  try {
    await action(loadConfig({ service, schema: configSchema }));
  } catch (error) {
    console.error(sentenceOf(error));
    process.exitCode = 1;
  }
}

/** A Redis for a command: it fails at once where a service would wait. @throws the reason why there is no connection */
export async function connectRedis(url: Secret): Promise<Redis> {
  const redis = new Redis(url.reveal(), { lazyConnect: true, retryStrategy: () => null, commandTimeout: 10_000 });
  let reason: unknown;
  redis.on('error', (error) => (reason = error));
  await redis.connect().catch((error: unknown) => {
    throw reason ?? error;
  });
  return redis;
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node tries a name's addresses one after the other and gives all failures.
  const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED' && 'port' in cause) {
    return `Nothing answers on port ${String(cause.port)}. Is the platform running?`;
  }
  return error.message;
}
