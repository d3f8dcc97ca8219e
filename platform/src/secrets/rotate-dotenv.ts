import { parseEnv } from 'node:util';
import { serviceNames } from '../services.ts';
import { rotateLists, type RotationOptions } from './rotate-lists.ts';
import { readIfPresent, writeWhole } from './write-whole.ts';

const SECRETS = ['SESSION_SECRET', 'CURSOR_SECRETS'];
const PRIVATE_KEYS = 'IDENTITY_PRIVATE_KEYS';
const PUBLIC_KEYS = 'IDENTITY_PUBLIC_KEYS';
/** The setting that records the last step of a rotation. No service reads this setting. */
const STATE = 'SECRETS_ROTATION';

interface SettingsFile {
  path: string;
  text: string;
  values: Partial<Record<string, string>>;
}

/**
 * Takes one step (add, use or drop) of a rotation in a settings file such as `.env`, and in the services' files beside it.
 * Other lines do not change. Each changed file is replaced as a whole, with mode 0600. If a service's file has a setting,
 * the line of this setting in the shared file does not change, because the service ignores that line. The packages must
 * be built.
 * @returns whether a file changed
 * @throws Error when all files lack a setting, or when the step is not the next one
 */
export async function rotateDotenv(file: string, step: string, options?: RotationOptions): Promise<boolean> {
  const files = await readFiles(file);
  const holdersOf = (name: string) => {
    const all = files.filter(({ values }) => values[name]);
    return all.length > 1 ? all.filter(({ path }) => path !== file) : all;
  };
  const lists = [...SECRETS, PRIVATE_KEYS, PUBLIC_KEYS].flatMap((name) =>
    holdersOf(name).map((holder) => ({
      ...{ name, holder },
      // Each file has its own entry, because a secret may differ between files, for example after a rotation.
      entry: SECRETS.includes(name) ? `${name} of ${holder.path}` : name,
    })),
  );
  const entriesOf = (name: string) => lists.flatMap((list) => (list.name === name ? [list.entry] : []));
  const missing = SECRETS.filter((name) => entriesOf(name).length === 0);
  const state = files.find(({ values }) => values[STATE])?.values[STATE];
  const values = Object.fromEntries(lists.map(({ name, entry, holder }) => [entry, holder.values[name] ?? '']));
  if (state !== undefined) values[STATE] = state;
  const names = { secrets: [...missing, ...SECRETS.flatMap(entriesOf)], privateKeys: PRIVATE_KEYS };
  const rotated = rotateLists(values, { ...names, publicKeys: PUBLIC_KEYS, state: STATE }, step, options);
  if (rotated === values) return false;
  const [home] = holdersOf(PRIVATE_KEYS);
  // The file that records the step is written last, so that the user can repeat a killed command.
  for (const holder of files.toSorted((one, other) => Number(one === home) - Number(other === home))) {
    const changed: SettingsFile['values'] = { [STATE]: holder === home ? rotated[STATE] : undefined };
    for (const list of lists) if (list.holder === holder) changed[list.name] = rotated[list.entry];
    await change(holder, changed);
  }
  return true;
}

/** Reads the files that exist. */
async function readFiles(file: string): Promise<SettingsFile[]> {
  const files: SettingsFile[] = [];
  for (const path of [...serviceNames.map((name) => `${file}.${name}`), file]) {
    const text = await readIfPresent(path);
    if (text !== undefined) files.push({ path, text, values: parseEnv(text) });
  }
  if (files.length === 0) throw new Error(`There is no file ${file}.`);
  return files;
}

/** A value of undefined removes the line. */
async function change({ path, text, values: present }: SettingsFile, values: SettingsFile['values']): Promise<void> {
  const changed = Object.keys(values).filter((name) => values[name] !== present[name]);
  if (changed.length === 0) return;
  // A quoted value may have several lines.
  const settings = new RegExp(
    `^(?:export )?(?:${changed.join('|')})=(?:'[^']*'|"[^"]*"|\`[^\`]*\`|[^\\r\\n]*)[^\\S\\r\\n]*\\r?\\n?`,
    'gm',
  );
  const lines = changed.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${quoted(values[name])}`]));
  await writeWhole(path, `${[text.replace(settings, '').trimEnd(), ...lines].join('\n')}\n`, 0o600);
}

function quoted(value: string): string {
  const quote = [`'`, '`', '"'].find((mark) => !value.includes(mark));
  if (quote === undefined) throw new Error('A value contains all kinds of quotes, so it cannot be written to a file.');
  return `${quote}${value}${quote}`;
}
