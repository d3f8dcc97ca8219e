import { z } from 'zod';

/** Schemas that every service shares, so that an id, an instant or a page means the same at every path. */

export const id = z
  .uuid({ version: 'v7', error: 'must be a UUID of version 7' })
  .toLowerCase() // one id, one spelling: what is compared, hashed or signed must not depend on case
  .meta({ description: 'A UUID of version 7: ids sort by the time they were made.' });

/** Minor units: cents, yen, fils. A JSON number, never a string or a fraction. */
export const amount = z
  .int({ error: 'must be a whole number of minor units' })
  .min(1, { error: 'must be at least 1' })
  .max(1_000_000_000_000, { error: 'must be at most 1000000000000' })
  .meta({ description: 'Minor units of the currency (cents for EUR).', examples: [1250] });

/** RFC 3339 with an offset or Z, as a Date. */
export const instant = z
  .string({ error: 'must be a time such as 2026-01-31T09:30:00Z' })
  .toUpperCase() // RFC 3339 § 5.6: t and z may be in lower case
  .check(z.iso.datetime({ offset: true, error: ({ input }) => instantRule(input) }))
  .transform((text) => new Date(text))
  .meta({
    description: 'RFC 3339.',
    examples: ['2026-01-31T09:30:00Z'],
    // The format says it all; the pattern that zod adds knows no lower case.
    override: ({ jsonSchema }: { jsonSchema: { pattern?: string } }) => delete jsonSchema.pattern,
  });

/** In a query a + that is not encoded means a space. */
function instantRule(input: unknown): string {
  const isPlusLost = typeof input === 'string' && / \d\d:?\d\d$/.test(input);
  const rule = 'must be a time such as 2026-01-31T09:30:00Z';
  return isPlusLost ? `${rule}; in a query, write the + of an offset as %2B` : rule;
}

/** One line of text for people: 1 … `max` characters after trimming, no control characters. */
export function line(max: number) {
  return z
    .string({ error: 'must be a text' })
    .trim()
    .min(1, { error: 'must not be empty' })
    .max(max, { error: `must have at most ${max} characters` })
    .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u, { error: 'must be one line without control characters' });
}

const pageFields = {
  limit: z
    .string()
    .refine((text) => /^([1-9]\d?|100)$/.test(text), { error: 'must be a whole number from 1 to 100' })
    .transform(Number)
    .pipe(z.int().min(1).max(100))
    .default(20)
    .meta({
      description: 'How many items, 1 to 100.',
      override: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    }),
  cursor: z
    .string()
    .min(1, { error: 'must not be empty' })
    .optional()
    .meta({ description: '`nextCursor` of the page before.' }),
};

const periodFields = {
  from: instant
    .optional()
    .meta({ description: 'Inclusive. Default: 30 days before `to`. The + of an offset is written %2B.' }),
  to: instant.optional().meta({ description: 'Exclusive. Default: now. The + of an offset is written %2B.' }),
};

/** Fields of a list's query: spread them into a `z.strictObject`. */
export const pageQuery = pageFields;

/** Fields of a period's query: spread them into a `z.strictObject`, then read them by `periodOf`. */
export const periodQuery = periodFields;

/** The query of a path that takes none. */
export const noQuery = z.strictObject({});

/** A list as every path answers it. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
