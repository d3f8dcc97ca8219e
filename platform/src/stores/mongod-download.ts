import { execFile } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache-directory.ts';

/** A download that has not begun by then is given up, so that a machine without internet access does not wait. */
const BEGIN_WITHIN_MS = 10_000;
/** Where mongodb-memory-server downloads from. */
const DOWNLOADS = 'https://fastdl.mongodb.org/';
/** How long a failed attempt is remembered, so that the next starts do not wait. */
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** A mongod is about 100 MB. */
const DOWNLOAD_WITHIN_MS = 10 * 60_000;
/** Runs in a separate process, because the library can neither be stopped nor silenced. */
const PROGRAM = `
const { MongoBinary } = require(process.argv[1]);
MongoBinary.getPath({ downloadDir: process.argv[2], checkMD5: true }).then(
  (path) => console.log('\\npath ' + path),
  (error) => { console.error(error.message.split('\\n').at(-1)); process.exitCode = 1; },
);
`;

/**
 * The mongod that mongodb-memory-server downloads for this system, kept in the user's cache.
 * Undefined when its server does not answer within 10 s or the download fails; that is remembered for a day.
 */
export async function downloadMongod(progress: (sentence: string) => void): Promise<string | undefined> {
  if (!(await isDownloadPossible(progress))) return undefined;
  progress('MongoDB: looking for mongod, or downloading it');
  const library = createRequire(import.meta.url).resolve('mongodb-memory-server-core/lib/util/MongoBinary');
  try {
    const args = ['-e', PROGRAM, library, join(cacheDirectory(), 'mongod')];
    // The library checks certificates only if npm's setting has exactly this text.
    const env = { ...process.env, npm_config_strict_ssl: 'true', MONGOMS_MAX_RETRIES: '1' };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: DOWNLOAD_WITHIN_MS });
    return /^path (.+)$/m.exec(stdout)?.[1];
  } catch (error) {
    const { stderr, message } = error as Error & { stderr: string };
    await rememberFailure(stderr.trim() || message, progress);
    return undefined;
  }
}

/** Whether mongod is downloaded, or its server can be reached; asked before the package that downloads is installed. A failure is remembered for a day. */
export async function isDownloadPossible(progress: (sentence: string) => void): Promise<boolean> {
  const cached = await readdir(join(cacheDirectory(), 'mongod')).catch(() => []);
  if (cached.some((name) => /^mongod-.*\d$/.test(name))) return true;
  if (await failedRecently()) return false;
  try {
    await fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(BEGIN_WITHIN_MS) });
    return true;
  } catch (error) {
    await rememberFailure(
      `${DOWNLOADS}: ${((error as Error).cause as Error | undefined)?.message ?? 'no reply'}`,
      progress,
    );
    return false;
  }
}

async function failedRecently(): Promise<boolean> {
  const failedAt = await stat(failureFile()).then(
    (file) => file.mtimeMs,
    () => 0,
  );
  return Date.now() - failedAt < RETRY_AFTER_MS;
}

async function rememberFailure(reason: string, progress: (sentence: string) => void): Promise<void> {
  progress(`MongoDB: no download (${reason})`);
  await writeFile(failureFile(), `${reason}\nDelete this file to try again within a day.\n`);
}

function failureFile(): string {
  return join(cacheDirectory(), 'mongod-download-failed');
}
