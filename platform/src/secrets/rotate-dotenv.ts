import { parseEnv } from 'node:util';
import { serviceNames } from '../services.ts';
import { rotateLists, type RotationOptions } from './rotate-lists.ts';
import { readIfPresent, writeWhole } from './write-whole.ts';

const SECRETS = ['SESSION_SECRET', 'CURSOR_SECRETS'];
const PRIVATE_KEYS = 'IDENTITY_PRIVATE_KEYS';
const PUBLIC_KEYS = 'IDENTITY_PUBLIC_KEYS';
/** This setting records which step of a rotation is done. */
const STATE = 'SECRETS_ROTATION';

interface SettingsFile {
  path: string;
  text: string;
  values: Partial<Record<string, string>>;
}

/**
 * Does a step (add, use or drop) of a rotation. Changes the settings in the services' files, such as .env.gateway.
 * Changes a setting in `file`, such as .env, only if no service's file contains it.
 * @returns whether a file changed
 * @throws Error when a setting is in none of the files, or when the step is not the next step
 */
export async function rotateDotenv(file: string, step: string, options?: RotationOptions): Promise<boolean> {
  const files = await readFiles(file);
  const lists = [...SECRETS, PRIVATE_KEYS, PUBLIC_KEYS].flatMap((name) => {
    const all = files.filter(({ values }) => values[name]);
    const holders = all.length > 1 ? all.filter(({ path }) => path !== file) : all;
    // A secret can differ between files, so each file has its own entry.
    return holders.map((holder) => ({
      name,
      holder,
      entry: SECRETS.includes(name) ? `${name} of ${holder.path}` : name,
    }));
  });
  const secrets = SECRETS.flatMap((name) => {
    const entries = lists.filter((list) => list.name === name).map(({ entry }) => entry);
    return entries.length > 0 ? entries : [name]; // rotateLists reports this name as missing
  });
  const values = Object.fromEntries(lists.map(({ name, entry, holder }) => [entry, holder.values[name] ?? '']));
  values[STATE] = files.find((one) => one.values[STATE])?.values[STATE] ?? '';
  const names = { secrets, privateKeys: PRIVATE_KEYS, publicKeys: PUBLIC_KEYS, state: STATE };
  const rotated = rotateLists(values, names, step, options);
  if (rotated === values) return false;
  const home = lists.find(({ name }) => name === PRIVATE_KEYS)?.holder;
  // The file that records the step is written last, so that the user can repeat a killed command.
  for (const holder of files.toSorted((one, other) => Number(one === home) - Number(other === home))) {
    const changed: SettingsFile['values'] = { [STATE]: holder === home ? rotated[STATE] : undefined };
    for (const list of lists) if (list.holder === holder) changed[list.name] = rotated[list.entry];
    await change(holder, changed);
  }
  return true;
}

async function readFiles(file: string): Promise<SettingsFile[]> {
  const files: SettingsFile[] = [];
  for (const path of [...serviceNames.map((name) => `${file}.${name}`), file]) {
    const text = await readIfPresent(path);
    if (text !== undefined) files.push({ path, text, values: parseEnv(text) });
  }
  if (files.length === 0) throw new Error(`There is no file ${file}.`);
  return files;
}

/** Writes the changed values, and removes the line of an undefined value. */
async function change({ path, text, values: present }: SettingsFile, values: SettingsFile['values']): Promise<void> {
  const changed = Object.keys(values).filter((name) => values[name] !== present[name]);
  if (changed.length === 0) return;
  // A quoted value can contain line breaks.
  const settings = new RegExp(
    `^(?:export )?(?:${changed.join('|')})=(?:'[^']*'|"[^"]*"|\`[^\`]*\`|[^\\r\\n]*)[^\\S\\r\\n]*\\r?\\n?`,
    'gm',
  );
  const lines = changed.flatMap((name) =>
    values[name] === undefined ? [] : [`${name}=${quoted(name, values[name])}`],
  );
  await writeWhole(path, `${[text.replace(settings, '').trimEnd(), ...lines].join('\n')}\n`, 0o600);
}

function quoted(name: string, value: string): string {
  const quote = [`'`, '`', '"'].find((mark) => !value.includes(mark));
  if (quote === undefined)
    throw new Error(`The value of ${name} contains all kinds of quotes, so it cannot be written to a file.`);
  return `${quote}${value}${quote}`;
}
