// @ts-check
import { chmod, open, readFile, rename } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { rotateLists } from '../../docker/compose/rotate-lists.mjs';

const SECRETS = ['SESSION_SECRET', 'CURSOR_SECRETS'];
const PRIVATE_KEYS = 'IDENTITY_PRIVATE_KEYS';
const PUBLIC_KEYS = 'IDENTITY_PUBLIC_KEYS';
/** No service asks for it. */
const STATE = 'SECRETS_ROTATION';
/** The files of the services, beside the one that all share. */
const suffixes = ['.gateway', '.accounts', '.activity'];

/** @typedef {{ path: string, isShared: boolean, text: string, values: Record<string, string> }} SettingsFile */

/**
 * Takes one step in a file of settings, such as `.env`, and in the files of the services beside it; other lines stay as they are. Each file is
 * replaced whole, mode 0600. A setting of the shared file that a service's file has too stays as it is: no service reads it there.
 * @param {string} file
 * @param {string} step add, use or drop
 * @param {{ now?: Date, early?: boolean }} [options]
 * @returns {Promise<boolean>} whether anything changed
 * @throws {Error} where no file has such a setting, or the step is not the next one
 */
export async function rotateDotenv(file, step, options) {
  const files = await readFiles(file);
  const holders = holdersOf(files);
  const values = valuesOf(holders);
  const names = {
    secrets: SECRETS.flatMap((name) => (holders.get(name) ?? [undefined]).map((holder) => slot(name, holder))),
    privateKeys: PRIVATE_KEYS,
    publicKeys: PUBLIC_KEYS,
    state: STATE,
  };
  const rotated = rotateLists(values, names, step, options);
  if (rotated === values) return false;
  // The file that says which step was taken comes last, so that a command which was killed can be run again.
  const home = holders.get(PRIVATE_KEYS)?.[0];
  for (const holder of [...files.filter((one) => one !== home), ...(home ? [home] : [])]) {
    const own = [...holders].filter(([, list]) => list.includes(holder)).map(([name]) => name);
    /** @type {Record<string, string | undefined>} */
    const changed = Object.fromEntries(
      own.map((name) => [name, rotated[SECRETS.includes(name) ? slot(name, holder) : name]]),
    );
    changed[STATE] = holder === home ? rotated[STATE] : undefined;
    await change(holder, changed);
  }
  return true;
}

/** @param {string} file @returns {Promise<SettingsFile[]>} those that are there, the shared one last */
async function readFiles(file) {
  /** @type {SettingsFile[]} */
  const files = [];
  for (const path of [...suffixes.map((suffix) => `${file}${suffix}`), file]) {
    const text = await readFile(path, 'utf8').catch((error) => {
      if (error.code === 'ENOENT' && (path !== file || files.length > 0)) return undefined;
      throw error;
    });
    if (text !== undefined)
      files.push({
        path,
        isShared: path === file,
        text,
        values: /** @type {Record<string, string>} */ (parseEnv(text)),
      });
  }
  return files;
}

/**
 * Which files hold a setting; the shared one only where no service's file does.
 * @param {SettingsFile[]} files
 */
function holdersOf(files) {
  /** @type {Map<string, SettingsFile[]>} */
  const holders = new Map();
  for (const name of [...SECRETS, PRIVATE_KEYS, PUBLIC_KEYS, STATE]) {
    const all = files.filter(({ values }) => values[name]);
    const own = all.length > 1 ? all.filter(({ isShared }) => !isShared) : all;
    if (own.length > 0) holders.set(name, own);
  }
  return holders;
}

/** Secrets may differ from file to file, and do after a rotation: each has a slot of its own. @param {string} name @param {SettingsFile | undefined} holder */
const slot = (name, holder) => (holder ? `${name} of ${holder.path}` : name);

/** @param {Map<string, SettingsFile[]>} holders @returns {Record<string, string>} */
function valuesOf(holders) {
  return Object.fromEntries(
    [...holders].flatMap(([name, list]) =>
      list.map((holder) => [SECRETS.includes(name) ? slot(name, holder) : name, holder.values[name] ?? '']),
    ),
  );
}

/** @param {SettingsFile} file @param {Record<string, string | undefined>} values undefined: the line goes */
async function change({ path, text, values: present }, values) {
  const changed = Object.keys(values).filter((name) => values[name] !== present[name]);
  if (changed.length === 0) return;
  const kept = withoutSettings(text, changed);
  const lines = changed.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${quoted(values[name])}`]));
  await replace(path, `${[kept.trimEnd(), ...lines].join('\n')}\n`);
}

/** @param {string} value */
function quoted(value) {
  const quote = [`'`, '`', '"'].find((mark) => !value.includes(mark));
  if (quote === undefined) throw new Error('a value has all kinds of quotes in it: no line of a file can hold it');
  return `${quote}${value}${quote}`;
}

/**
 * @param {string} text
 * @param {string[]} names
 */
function withoutSettings(text, names) {
  // A quoted value may have lines.
  const settings = new RegExp(
    `^(?:export )?(?:${names.join('|')})=(?:'[^']*'|"[^"]*"|\`[^\`]*\`|[^\\r\\n]*)[^\\S\\r\\n]*\\r?\\n?`,
    'gm',
  );
  return text.replace(settings, '');
}

/**
 * @param {string} file
 * @param {string} text
 */
async function replace(file, text) {
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
