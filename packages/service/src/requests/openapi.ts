import { z } from 'zod';

/** A JSON body for the OpenAPI document. */
export const json = <Schema extends z.ZodType>(schema: Schema) => ({ content: { 'application/json': { schema } } });

/** The `Location` header of a 201, for the OpenAPI document. */
export const location = {
  location: { schema: { type: 'string' as const }, description: 'Where the new resource is.' },
};

/** The header parameter of an operation that takes an idempotency key, for the OpenAPI document. */
export const idempotencyKey = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .meta({
      description:
        'Names your intent. A repeated request with the same key has no second effect: it gets the first reply again, byte for byte. ' +
        'A key that contains a comma needs quotes.',
      examples: ['7c9f2c5e-rent-march'],
    }),
});

/**
 * The 201 of an operation that takes an idempotency key, for the OpenAPI document. `done` is a sentence that says what
 * happened.
 */
export const keyedReply = <Schema extends z.ZodType>(done: string, schema: Schema) => ({
  description: `${done} \`Idempotency-Replayed: true\` marks a repeated reply.`,
  ...json(schema),
  headers: {
    ...location,
    'idempotency-replayed': { schema: { type: 'string' as const }, description: '`true` on a repeated reply.' },
  },
});
