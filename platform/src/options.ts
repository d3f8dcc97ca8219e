import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Refusal } from './terminal.ts';

/** Reads the arguments of a command. @throws Refusal that names an unknown switch */
export function readOptions<Config extends ParseArgsConfig>(config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Refusal(`${(error as Error).message}. --help lists the options of this command.`);
  }
}

/** Returns the switches of a command, such as `--reset`. */
export function readSwitches<Name extends string>(...names: Name[]): Record<Name, boolean> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false } as const]));
  return readOptions({ options }).values as Record<Name, boolean>;
}

/** @throws Refusal when the text is not a whole number from `min` to `max` */
export function wholeNumber(name: string, text: string | number, min: number, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Refusal(`${name} must be a whole number from ${min} to ${max}, but is "${text}".`);
}
