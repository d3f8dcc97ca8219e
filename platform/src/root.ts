import { resolve } from 'node:path';

/** The repository's root directory. */
export const root = resolve(import.meta.dirname, '../..');
