import { readFileSync } from 'node:fs';
import { readOptions } from '@mainstay/platform/options';
import { Refusal } from '@mainstay/platform/terminal';

type Flag = number | string | boolean;
type TypeOf<Default> = Default extends number ? number : Default extends string ? string : boolean;

/**
 * Reads the options of a proof, such as `--rounds 5`. The default of an option sets its type. Ends the process with
 * `failureCode` for an unknown option or a wrong number. `--help` prints the proof's first comment and ends the process.
 */
export function readFlags<Defaults extends Record<string, Flag>>(
  defaults: Defaults,
  args = process.argv.slice(2),
  failureCode = 1,
): { [Name in keyof Defaults]: TypeOf<Defaults[Name]> } {
  try {
    if (args.includes('--help')) end(0, firstComment(process.argv[1]!));
    return parse(defaults, args);
  } catch (error) {
    if (error instanceof Refusal) end(failureCode, error.message);
    throw error;
  }
}

function end(code: number, text: string): never {
  console.error(text);
  process.exit(code);
}

function firstComment(file: string): string {
  const [, comment = ''] = /\/\*\*([^]*?)\*\//.exec(readFileSync(file, 'utf8')) ?? [];
  return comment
    .replace(/^ *\* ?/gm, '')
    .replace(/^(?:end of )?fork:remove .*\n/gm, '')
    .trim();
}

function parse<Defaults extends Record<string, Flag>>(
  defaults: Defaults,
  args: string[],
): { [Name in keyof Defaults]: TypeOf<Defaults[Name]> } {
  const options = Object.entries(defaults).map(([name, value]) => {
    return [name, { type: typeof value === 'boolean' ? 'boolean' : 'string' } as const];
  });
  const { values } = readOptions({ args, options: Object.fromEntries(options) });
  const read = Object.entries(values).map(([name, value]) => {
    if (typeof defaults[name] !== 'number') return [name, value];
    if (value === '' || Number.isNaN(Number(value)))
      throw new Refusal(`--${name} must be a number, but is "${String(value)}".`);
    return [name, Number(value)];
  });
  return { ...defaults, ...Object.fromEntries(read) };
}
