import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Refusal } from './terminal.ts';

/**
 * Returns the switches of a command, such as `--reset`.
 * @throws Refusal that names an unknown switch
 */
export function readSwitches<Name extends string>(...names: Name[]): Record<Name, boolean> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false }]));
  try {
    return parseArgs({ options: options as ParseArgsConfig['options'] }).values as Record<Name, boolean>;
  } catch (error) {
    throw new Refusal(`${(error as Error).message}. --help lists the options of this command.`);
  }
}
