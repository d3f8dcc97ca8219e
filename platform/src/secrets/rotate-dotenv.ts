import { chmod, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { root } from '../root.ts';
import { serviceNames } from '../services.ts';

const SECRETS = ['SESSION_SECRET', 'CURSOR_SECRETS'];
const PRIVATE_KEYS = 'IDENTITY_PRIVATE_KEYS';
const PUBLIC_KEYS = 'IDENTITY_PUBLIC_KEYS';
/** The last step of a rotation. No service reads it. */
const STATE = 'SECRETS_ROTATION';

type Values = Partial<Record<string, string>>;

interface SettingsFile {
  path: string;
  isShared: boolean;
  text: string;
  values: Values;
}

/** early: allow `drop` before its time. */
interface RotationOptions {
  now?: Date;
  early?: boolean;
}

/**
 * Takes one step (add, use or drop) in a settings file, such as `.env`, and in the files of the services beside it.
 * Other lines stay as they are. Each file is replaced as a whole, mode 0600. If a service's file has a setting too,
 * the line in the shared file stays as it is, because the service does not read it there. The packages must be built.
 * @returns whether anything changed
 * @throws Error when no file has such a setting, or the step is not the next one
 */
export async function rotateDotenv(file: string, step: string, options?: RotationOptions): Promise<boolean> {
  const files = await readFiles(file);
  const holders = holdersOf(files);
  const values = valuesOf(holders);
  const secrets = SECRETS.flatMap((name) => (holders.get(name) ?? [undefined]).map((holder) => slot(name, holder)));
  const rotated = await rotate(values, secrets, step, options);
  if (rotated === values) return false;
  // The file with the recorded step comes last, so that a killed command can be run again.
  const home = holders.get(PRIVATE_KEYS)?.[0];
  for (const holder of [...files.filter((one) => one !== home), ...(home ? [home] : [])]) {
    const own = [...holders].filter(([, list]) => list.includes(holder)).map(([name]) => name);
    const changed: Values = Object.fromEntries(own.map((name) => [name, rotated[slotOf(name, holder)]]));
    changed[STATE] = holder === home ? rotated[STATE] : undefined;
    await change(holder, changed);
  }
  return true;
}

interface RotateLists {
  rotateLists: (
    values: Values,
    names: { secrets: string[]; privateKeys: string; publicKeys: string; state: string },
    step: string,
    options?: RotationOptions,
  ) => Values;
}

async function rotate(values: Values, secrets: string[], step: string, options?: RotationOptions): Promise<Values> {
  // A container runs this file without a build, so it is JavaScript.
  const program = pathToFileURL(join(root, 'docker/compose/rotate-lists.mjs')).href;
  const { rotateLists } = (await import(program)) as RotateLists;
  const names = { secrets, privateKeys: PRIVATE_KEYS, publicKeys: PUBLIC_KEYS, state: STATE };
  return rotateLists(values, names, step, options);
}

/** The files that exist, the shared one last. */
async function readFiles(file: string): Promise<SettingsFile[]> {
  const files: SettingsFile[] = [];
  for (const path of [...serviceNames.map((name) => `${file}.${name}`), file]) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && (path !== file || files.length > 0)) return undefined;
      throw error;
    });
    if (text !== undefined) files.push({ path, isShared: path === file, text, values: parseEnv(text) });
  }
  return files;
}

/** Which files hold a setting; the shared one only if no service's file does. */
function holdersOf(files: SettingsFile[]): Map<string, SettingsFile[]> {
  const holders = new Map<string, SettingsFile[]>();
  for (const name of [...SECRETS, PRIVATE_KEYS, PUBLIC_KEYS, STATE]) {
    const all = files.filter(({ values }) => values[name]);
    const own = all.length > 1 ? all.filter(({ isShared }) => !isShared) : all;
    if (own.length > 0) holders.set(name, own);
  }
  return holders;
}

/** Secrets may differ between the files, for example after a rotation, so each file has its own entry. */
function slot(name: string, holder: SettingsFile | undefined): string {
  return holder ? `${name} of ${holder.path}` : name;
}

function slotOf(name: string, holder: SettingsFile): string {
  return SECRETS.includes(name) ? slot(name, holder) : name;
}

function valuesOf(holders: Map<string, SettingsFile[]>): Values {
  return Object.fromEntries(
    [...holders].flatMap(([name, list]) =>
      list.map((holder) => [slotOf(name, holder), holder.values[name] ?? ''] as const),
    ),
  );
}

/** A value of undefined removes the line. */
async function change({ path, text, values: present }: SettingsFile, values: Values): Promise<void> {
  const changed = Object.keys(values).filter((name) => values[name] !== present[name]);
  if (changed.length === 0) return;
  const kept = withoutSettings(text, changed);
  const lines = changed.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${quoted(values[name])}`]));
  await replace(path, `${[kept.trimEnd(), ...lines].join('\n')}\n`);
}

function quoted(value: string): string {
  const quote = [`'`, '`', '"'].find((mark) => !value.includes(mark));
  if (quote === undefined) throw new Error('A value contains all kinds of quotes, so it cannot be written to a file.');
  return `${quote}${value}${quote}`;
}

function withoutSettings(text: string, names: string[]): string {
  // A quoted value may have several lines.
  const settings = new RegExp(
    `^(?:export )?(?:${names.join('|')})=(?:'[^']*'|"[^"]*"|\`[^\`]*\`|[^\\r\\n]*)[^\\S\\r\\n]*\\r?\\n?`,
    'gm',
  );
  return text.replace(settings, '');
}

async function replace(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(`${file}.new`, 0o600);
  await rename(`${file}.new`, file);
}
