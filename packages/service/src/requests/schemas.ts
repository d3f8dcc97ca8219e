import {
  canonicalEmail,
  canonicalLine,
  lineProblem,
  passwordCharacters,
  passwordMessages,
  passwordProblem,
  presentPasswordProblem,
  type LineProblem,
} from '@mainstay/text';
import { z } from 'zod';

/** The id of a resource: a UUID of version 7 in lower case. */
export const id = z
  .uuid({ version: 'v7', error: 'must be a UUID of version 7' })
  .toLowerCase() // comparisons, hashes and signatures need one spelling per id
  .meta({ description: 'A UUID of version 7: ids sort by the time they were made.' });

/** An amount in minor units, for example cents. The amount is a whole JSON number, never a string. */
export const amount = z
  .int({ error: 'must be a whole number of minor units' })
  .min(1, { error: 'must be at least 1' })
  .max(1_000_000_000_000, { error: 'must be at most 1000000000000' })
  .meta({ description: 'Minor units of the currency (cents for EUR).', examples: [1250] });

/** Parses a time of RFC 3339 into a Date. The time must have an offset or `Z`. */
export const instant = z
  .string({ error: 'must be a time such as 2026-01-31T09:30:00Z' })
  .toUpperCase() // RFC 3339 § 5.6 allows t and z in lower case
  .check(z.iso.datetime({ offset: true, error: ({ input }) => instantRule(input) }))
  .transform((text) => new Date(text))
  .meta({
    description: 'RFC 3339.',
    examples: ['2026-01-31T09:30:00Z'],
    // The pattern of zod forbids the letters t and z in lower case, but this schema accepts both letters. So the
    // OpenAPI document omits the pattern.
    override: ({ jsonSchema }: { jsonSchema: { pattern?: string } }) => delete jsonSchema.pattern,
  });

function instantRule(input: unknown): string {
  const isPlusLost = typeof input === 'string' && / \d\d:?\d\d$/.test(input);
  const rule = 'must be a time such as 2026-01-31T09:30:00Z';
  return isPlusLost ? `${rule}; in a query, write the + of an offset as %2B` : rule;
}

/** The pattern lists code points, because many OpenAPI tools do not support escapes such as `\p{Cc}`. */
const LINE_PATTERN =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]*$';

/** One line of text with 1 to `max` code points. */
export function line(max: number) {
  const messages: Record<LineProblem, string> = {
    empty: 'must not be empty',
    too_long: `must have at most ${max} characters`,
    not_one_line: 'must be one line without control characters',
    writing_direction: 'must not change the direction of writing',
    invisible: 'must have a visible character',
  };
  return z
    .string({ error: 'must be a text' })
    .overwrite(canonicalLine)
    .superRefine(refuse((text) => lineProblem(text, { charactersMax: max }), messages))
    .meta({ override: { minLength: 1, maxLength: max, pattern: LINE_PATTERN } });
}

/** An e-mail address in lower case, with the domain in ASCII. */
export const email = z
  .string({ error: 'must be an e-mail address' })
  .overwrite(canonicalEmail)
  .max(254, { error: 'must have at most 254 characters' })
  .pipe(z.email({ error: 'must be an e-mail address' }))
  .meta({
    description: 'Case does not matter; kept in lower case, and an international domain in ASCII.',
    examples: ['ada@example.com'],
  });

/** A new password. The accounts service also compares the password with the user's data and with common passwords. */
export const newPassword = z
  .string({ error: 'must be a text' })
  .superRefine(refuse(passwordProblem, passwordMessages))
  .meta({
    description:
      'At least 15 characters; any are allowed. Refused: one short part repeated, a sequence, a common password, and your e-mail, your name or the name of this product. Compared in the form NFKC.',
    examples: ['correct horse battery'],
    override: { minLength: passwordCharacters.min, maxLength: passwordCharacters.max },
  });

/** An existing password. The password can be older than the rules for new passwords, so the rules do not apply. */
export const presentPassword = z
  .string({ error: 'must be a text' })
  .superRefine(refuse(presentPasswordProblem, passwordMessages))
  .meta({ override: { minLength: 1, maxLength: passwordCharacters.max } });

function refuse<Problem extends string>(
  problemOf: (text: string) => Problem | undefined,
  messages: Readonly<Record<Problem, string>>,
) {
  return (text: string, context: z.core.$RefinementCtx<string>): void => {
    const problem = problemOf(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: messages[problem] });
  };
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

/** The query parameters of a list, for a `z.strictObject`. */
export const pageQuery = pageFields;

/** The query parameters of a period, for a `z.strictObject`. Read the parsed parameters with `periodOf`. */
export const periodQuery = periodFields;

/** The query of a route that accepts no query parameters. */
export const noQuery = z.strictObject({});

/** The reply with one page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
