import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.ts';

/** Generated texts by path, from the root. */
export type Files = Record<string, string>;

/** The first line of a generated file. */
export const origin = 'Generated from platform/src/services.ts: npm run generate.';
export const yamlOrigin = `# ${origin}\n`;

/** Reads a template and replaces each <word> by its value. @throws Error for a word without a value */
export function fill(template: string, values: Record<string, string | number>): string {
  const text = readFileSync(join(import.meta.dirname, 'templates', template), 'utf8');
  return text.replaceAll(/<([a-zA-Z]+)>/g, (_, word: string) => {
    const value = values[word];
    if (value === undefined) throw new Error(`${template} names <${word}>, which has no value.`);
    return String(value);
  });
}

const END = '# end of the generated lines';

/** Puts texts between `# generated: <name>` and `END` of a hand-written file. @throws Error if a line is missing */
export function withSections(path: string, sections: Record<string, string>): Files {
  if (!existsSync(join(root, path))) return {};
  let text = readFileSync(join(root, path), 'utf8');
  for (const [name, section] of Object.entries(sections)) {
    const place = new RegExp(`(\\n( *)# generated: ${name}[^\\n]*\\n)[^]*?( *${END}\\n)`);
    if (!place.test(text)) throw new Error(`${path} has no lines "# generated: ${name}" and "${END}".`);
    text = text.replace(place, (_, before: string, spaces: string, end: string) => {
      return `${before}${indent(section.trimEnd(), spaces.length)}\n${end}`;
    });
  }
  return { [path]: text };
}

export const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join('\n');

/** Indents each line that is not empty. */
export function indent(text: string, columns = 2): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}
