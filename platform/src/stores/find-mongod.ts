import { existsSync } from 'node:fs';
import { findOnPath } from '../processes/programs.ts';

/** The mongod that this machine has, by MONGOMS_SYSTEM_BINARY or on PATH. */
export async function findMongod(): Promise<string | undefined> {
  const named = process.env.MONGOMS_SYSTEM_BINARY;
  return named && existsSync(named) ? named : findOnPath('mongod');
}
