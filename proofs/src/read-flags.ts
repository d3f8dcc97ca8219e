import { readOptions } from '@mainstay/platform/options';
import { Refusal } from '@mainstay/platform/terminal';

type Flag = number | string | boolean;
type TypeOf<Default> = Default extends number ? number : Default extends string ? string : boolean;

/**
 * Reads the options of a proof, such as `--rounds 5`. The default of an option sets its type.
 * @throws Refusal for an unknown option, and for a text where a number is expected
 */
export function readFlags<Defaults extends Record<string, Flag>>(
  defaults: Defaults,
  args = process.argv.slice(2),
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
