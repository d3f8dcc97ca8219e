import { AppError, invalidField, type FieldError } from '@mainstay/errors';
import type { Request } from 'express';
import type { z } from 'zod';

/**
 * Parses the JSON body with `schema`.
 * @throws AppError invalid_request, naming each wrong field
 */
export function bodyOf<Schema extends z.ZodType>(req: Request, schema: Schema): z.output<Schema> {
  return parsed(schema, req.body ?? {});
}

/**
 * Parses the query string with `schema`.
 * @throws AppError invalid_request, also for a parameter that occurs twice
 */
export function queryOf<Schema extends z.ZodType>(req: Request, schema: Schema): z.output<Schema> {
  const repeated = Object.keys(req.query).find((name) => Array.isArray(req.query[name]));
  if (repeated !== undefined) throw invalidField(repeated, 'must be given once');
  return parsed(schema, req.query);
}

/**
 * Parses the path parameters with `schema`.
 * @throws AppError not_found for a malformed id, the same as for an unknown id
 */
export function paramsOf<Schema extends z.ZodType>(req: Request, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(req.params);
  if (!result.success) throw new AppError('not_found', undefined, { cause: result.error });
  return result.data;
}

function parsed<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(fieldErrorsOf);
  throw new AppError('invalid_request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    errors,
  });
}

/** zod's path of an unknown field lacks the field's name, but clients expect the name there. */
function fieldErrorsOf(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known field' }));
  }
  if (issue.path.length === 0) return [{ path: 'body', message: 'must be a JSON object' }];
  return [{ path: issue.path.join('.'), message: issue.message }];
}
