import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ownSettingName, settingName } from './setting-name.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** The variable that sets a setting, and its text. `problem` replaces `value` if the text could not be read. */
export interface Found {
  name: string;
  value?: string;
  problem?: string;
}

/** Settings as text, from the environment and from `.env` files. */
export interface Environment {
  /** Returns undefined if no source has the setting. */
  find(key: string): Found | undefined;
}

/**
 * `GATEWAY_PORT` in any source has priority over `PORT`. If several sources have `PORT` or `PORT_FILE`, only the first
 * of these sources counts.
 */
export function createEnvironment(service: string, sources: readonly Variables[]): Environment {
  return {
    find(key) {
      for (const name of [ownSettingName(service, key), settingName(key)]) {
        for (const source of sources) {
          const found = findForm(name, source);
          if (found) return found;
        }
      }
      return undefined;
    },
  };
}

/**
 * A missing file counts as empty, because in production the settings are environment variables.
 * @throws Error if the file exists and cannot be read
 */
export function readDotenv(path: string): Variables {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw error;
  }
}

function findForm(name: string, variables: Variables): Found | undefined {
  const value = variables[name];
  const fileName = `${name}_FILE`;
  const path = variables[fileName];
  // Compose and Kubernetes set an empty string for a missing value, so an empty string counts as not set.
  if (value && path) return { name, problem: `and ${fileName} are both set; keep one` };
  if (value) return { name, value };
  return path ? readSettingFile(fileName, path) : undefined;
}

function readSettingFile(name: string, path: string): Found {
  try {
    // Editors and `echo` end a file with a newline that does not belong to the secret.
    const value = readFileSync(path, 'utf8').replace(/(?<![\r\n])[\r\n]+$/, '');
    return value === '' ? { name, problem: 'names an empty file' } : { name, value };
  } catch (error) {
    return { name, problem: `names a file that cannot be read (${codeOf(error)})` };
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
