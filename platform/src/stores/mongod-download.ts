import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from '../processes/programs.ts';
import { cacheDirectory, standInDirectory } from './mongod-stand-in.ts';

/** Milliseconds until the download server must reply. A machine without internet access waits at most this long. */
const BEGIN_WITHIN_MS = 10_000;
/** Milliseconds until the download must be complete. The download has about 100 MB, so the limit is ten minutes. */
const DOWNLOAD_WITHIN_MS = 10 * 60_000;
/** The server from which mongodb-memory-server downloads. */
const DOWNLOADS = 'https://fastdl.mongodb.org/';
/** mongodb-memory-server cannot abort a download, so the program runs in a separate process, which can be killed. */
const PROGRAM = `
const { MongoBinary } = require(process.argv[1]);
MongoBinary.getPath({ downloadDir: process.argv[2], checkMD5: true }).then(
  (path) => console.log('\\npath ' + path),
  (error) => { console.error(error.message.split('\\n').at(-1)); process.exitCode = 1; },
);
`;

/** Returns the mongod that MONGOMS_SYSTEM_BINARY names, if it exists, or else the mongod on PATH. */
export async function findMongod(): Promise<string | undefined> {
  const named = process.env.MONGOMS_SYSTEM_BINARY;
  return named && existsSync(named) ? named : findOnPath('mongod');
}

/** Returns the path of the cached or downloaded mongod, or undefined if the download is not possible or fails. */
export async function downloadMongod(progress: (sentence: string) => void): Promise<string | undefined> {
  if (!(await isDownloadPossible(progress))) return undefined;
  progress('MongoDB: looking for mongod, or downloading it');
  const library = createRequire(import.meta.url).resolve('mongodb-memory-server-core/lib/util/MongoBinary');
  try {
    const args = ['-e', PROGRAM, library, join(cacheDirectory(), 'mongod')];
    // Without this value of npm_config_strict_ssl, the library does not check certificates.
    const env = { ...process.env, npm_config_strict_ssl: 'true', MONGOMS_MAX_RETRIES: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: DOWNLOAD_WITHIN_MS });
    return /^path (.+)$/m.exec(stdout)?.[1];
  } catch (error) {
    const { stderr, message } = error as Error & { stderr: string };
    progress(`MongoDB: mongod cannot be downloaded (${stderr.trim() || message})`);
    return undefined;
  }
}

/**
 * Returns true if the user's cache contains mongod. Otherwise, returns false if the Java program that can replace
 * mongod is built. In all other cases, returns whether the download server replies.
 */
export async function isDownloadPossible(progress: (sentence: string) => void): Promise<boolean> {
  const cached = await readdir(join(cacheDirectory(), 'mongod')).catch(() => []);
  if (cached.some((name) => /^mongod-.*\d$/.test(name))) return true;
  if (existsSync(await standInDirectory())) return false;
  try {
    await fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(BEGIN_WITHIN_MS) });
    return true;
  } catch (error) {
    const { cause } = error as { cause?: Error };
    progress(`MongoDB: mongod cannot be downloaded (${DOWNLOADS}: ${cause?.message ?? 'no reply'})`);
    return false;
  }
}
