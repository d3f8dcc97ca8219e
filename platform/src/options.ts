import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Refusal } from './terminal.ts';

/**
 * The switches of a command, such as `--reset`.
 * @throws Refusal naming an unknown one
 */
export function readSwitches<Name extends string>(...names: Name[]): Record<Name, boolean> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false }]));
  try {
    return parseArgs({ options: options as ParseArgsConfig['options'] }).values as Record<Name, boolean>;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}. --help lists what this command takes.`);
  }
}
