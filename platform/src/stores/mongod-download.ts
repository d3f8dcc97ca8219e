import { spawn } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory } from './cache-directory.ts';

/** A download that has not begun by then is given up, so that a machine without internet access does not wait. */
const BEGIN_WITHIN_MS = 10_000;
/** Where mongodb-memory-server downloads from. */
const DOWNLOADS = 'https://fastdl.mongodb.org/';
/** How long a failed attempt is remembered, so that the next starts do not wait. */
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Runs in a separate process, because the library can neither be stopped nor silenced. Prints events as JSON lines. */
const PROGRAM = `
const { MongoBinaryDownload } = require(process.argv[1]);
const { DryMongoBinary } = require(process.argv[2]);
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
(async () => {
  const options = { ...(await DryMongoBinary.generateOptions({ downloadDir: process.argv[3] })), checkMD5: true };
  const known = await DryMongoBinary.locateBinary(options);
  if (known) return say({ path: known });
  const download = new MongoBinaryDownload(options);
  download.printDownloadProgress = function (chunk) {
    this.dlProgress.current += chunk.length;
    say({ bytes: this.dlProgress.current, of: this.dlProgress.length });
  };
  say({ path: await download.getMongodPath() });
})().catch((error) => { say({ failed: String(error.message).split('\\n').at(-1) }); process.exitCode = 1; });
`;

interface Message {
  path?: string;
  bytes?: number;
  of?: number;
  failed?: string;
}

/**
 * The mongod that mongodb-memory-server downloads for this system, kept in the user's cache.
 * Undefined when the download does not begin within 10 s or fails; that is remembered for a day.
 */
export async function downloadMongod(progress: (sentence: string) => void): Promise<string | undefined> {
  if (await failedRecently()) return undefined;
  progress('MongoDB: looking for a download of mongod');
  const result = await attempt(progress);
  if (result.path !== undefined) return result.path;
  await rememberFailure(result.failed ?? '', progress);
  return undefined;
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

async function attempt(progress: (sentence: string) => void): Promise<Message> {
  const require = createRequire(import.meta.url);
  const library = (name: string) => require.resolve(`mongodb-memory-server-core/lib/util/${name}`);
  const child = spawn(
    process.execPath,
    ['-e', PROGRAM, library('MongoBinaryDownload'), library('DryMongoBinary'), join(cacheDirectory(), 'mongod')],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      // The library checks certificates only if npm's setting has exactly this text.
      env: { ...process.env, npm_config_strict_ssl: 'true', MONGOMS_MAX_RETRIES: '1' },
    },
  );
  const giveUp = setTimeout(() => child.kill('SIGKILL'), BEGIN_WITHIN_MS);
  let reportedPercent = 0;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const message = JSON.parse(line) as Message;
      if (message.path !== undefined || message.failed !== undefined) return message;
      clearTimeout(giveUp); // it has begun; from here on the library gives up after 60 s of silence
      const percent = Math.floor((100 * (message.bytes ?? 0)) / Math.max(message.of ?? 0, 1));
      if (percent >= reportedPercent + 10) progress(`MongoDB: downloading mongod, ${percent} %`);
      if (percent >= reportedPercent + 10) reportedPercent = percent;
    }
    return { failed: `it did not begin within ${BEGIN_WITHIN_MS / 1000} s` };
  } finally {
    clearTimeout(giveUp);
    child.kill('SIGKILL');
  }
}
