// @ts-check
import { chmod, open, readFile, rename } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { rotateLists } from '../../docker/compose/rotate-lists.mjs';

const names = {
  secrets: ['SESSION_SECRET', 'CURSOR_SECRETS'],
  privateKeys: 'IDENTITY_PRIVATE_KEYS',
  publicKeys: 'IDENTITY_PUBLIC_KEYS',
  // No service asks for it.
  state: 'SECRETS_ROTATION',
};

/**
 * Takes one step in a file of settings, such as `.env`; its other lines stay as they are. The file is replaced whole, mode 0600.
 * @param {string} file
 * @param {string} step add, use or drop
 * @param {{ now?: Date, early?: boolean }} [options]
 * @returns {Promise<boolean>} whether anything changed
 * @throws {Error} where the file has no such setting, or the step is not the next one
 */
export async function rotateDotenv(file, step, options) {
  const text = await readFile(file, 'utf8');
  const values = /** @type {Record<string, string>} */ (parseEnv(text));
  const rotated = rotateLists(values, names, step, options);
  const all = [...names.secrets, names.privateKeys, names.publicKeys, names.state];
  const changed = all.filter((name) => rotated[name] !== values[name]);
  if (changed.length === 0) return false;
  const kept = withoutSettings(text, changed);
  const lines = changed.flatMap((name) => (rotated[name] === undefined ? [] : [`${name}=${quoted(rotated[name])}`]));
  await replace(file, `${[kept.trimEnd(), ...lines].join('\n')}\n`);
  return true;
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
