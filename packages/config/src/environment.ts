import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ownSettingName, settingName } from './setting-name.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where a setting's text came from; `problem` instead of `value` where it could not be had. */
export interface Found {
  name: string;
  value?: string;
  problem?: string;
}

/** Settings as text, out of the real environment and the files behind it. */
export interface Environment {
  /** Undefined where no form of the name is set. */
  find(key: string): Found | undefined;
}

/**
 * For each setting the first of: NAME or NAME_FILE with the service's prefix, the same without it. At each step an earlier
 * source hides the later ones, so that a value set by hand never meets a leftover NAME_FILE of `.env`.
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

/** A missing file is an empty one: production sets real variables. @throws Error when it is there and cannot be read. */
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
  // Compose and Kubernetes write an empty string for what nobody set.
  if (value && path) return { name, problem: `and ${fileName} are both set; keep one` };
  if (value) return { name, value };
  return path ? readSettingFile(fileName, path) : undefined;
}

function readSettingFile(name: string, path: string): Found {
  try {
    // Editors and `echo` end a file with a newline that is no part of the secret.
    const value = readFileSync(path, 'utf8').replace(/(?<![\r\n])[\r\n]+$/, '');
    return value === '' ? { name, problem: 'names an empty file' } : { name, value };
  } catch (error) {
    return { name, problem: `names a file that cannot be read (${codeOf(error)})` };
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
