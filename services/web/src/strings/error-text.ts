import { ApiError } from '../api/api-error.js';
import type { Strings } from './en.js';

export function errorText(error: unknown, { errors }: Strings): string {
  if (!(error instanceof ApiError)) return errors.other;
  return (errors as Record<string, string>)[error.code] ?? errors.other;
}
