import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canUseApt, findOnPath, installByApt, outputOf } from '../processes/programs.ts';
import { runProgram } from '../processes/run-program.ts';

const SOURCE = fileURLToPath(new URL('../../mongod-standin/', import.meta.url));
const MISSING =
  'MongoDB: there is no mongod on PATH or in MONGOMS_SYSTEM_BINARY, none could be downloaded, and its stand-in needs a Java 17+ JDK and Maven. ' +
  'Install MongoDB, or Java and Maven (Debian: apt install openjdk-17-jdk-headless maven), or set MONGO_URL.';

export const STAND_IN = 'mongo-java-server 1.47.0, a stand-in for MongoDB (Java)';

/** Returns the user's cache of builds and downloads, which all clones share. */
export function cacheDirectory(): string {
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mainstay');
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Returns the folder of the built stand-in. The folder exists if the current source has been built. */
export async function standInDirectory(): Promise<string> {
  const sources = await Promise.all(['pom.xml', 'Mongod.java'].map((name) => readFile(join(SOURCE, name))));
  const hash = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 16);
  return join(cacheDirectory(), `mongod-standin-${hash}`);
}

/**
 * Builds the stand-in if it is not built. Installs Java and Maven by apt if they are missing.
 * @throws Error if Java and Maven cannot be installed, or if the build fails
 */
export async function prepareStandIn(progress: (sentence: string) => void): Promise<string> {
  const jars = await standInDirectory();
  const isBuilt = existsSync(jars);
  if (!(await hasTools(isBuilt))) await installTools(progress);
  if (!isBuilt) await build(jars, progress);
  return jars;
}

/** Returns the arguments with which `java` runs the stand-in. */
export function standInArguments(jars: string, port: number, data: string): string[] {
  // With a small heap and a fast compiler, the stand-in starts in about a second.
  // -Xss8m: on a smaller stack, a deeply nested document causes an overflow, and H2 closes the store until a restart.
  const flags = ['-Xmx512m', '-Xss8m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  return [...flags, '-cp', `${jars}/*`, 'Mongod', String(port), '127.0.0.1', data];
}

/** Returns the version of the Java on PATH, or 0 if there is no Java. */
export async function javaVersion(): Promise<number> {
  return Number(/version "(\d+)/.exec((await outputOf('java', '-version')) ?? '')?.[1] ?? 0);
}

/** Whether PATH contains Java 17+ and, if the stand-in is not built, the javac and Maven that build it. */
export async function canRunStandIn(): Promise<boolean> {
  return hasTools(existsSync(await standInDirectory()));
}

async function hasTools(isBuilt: boolean): Promise<boolean> {
  if ((await javaVersion()) < 17) return false;
  return isBuilt || Boolean((await findOnPath('mvn')) && (await findOnPath('javac')));
}

async function installTools(progress: (sentence: string) => void): Promise<void> {
  if (!canUseApt()) throw new Error(MISSING);
  // Install the lowest of these JDK versions that apt offers. Debian 12 and Ubuntu 22.04 offer JDK 17, and later
  // systems can lack JDK 17.
  const known = await outputOf('apt-cache', 'pkgnames', 'openjdk-');
  const jdk = [17, 21, 25].map((version) => `openjdk-${version}-jdk-headless`).find((name) => known?.includes(name));
  await installByApt([jdk ?? 'default-jdk-headless', 'maven'], progress);
  if (!(await hasTools(false))) throw new Error(MISSING);
}

async function build(jars: string, progress: (sentence: string) => void): Promise<void> {
  progress('MongoDB: building its stand-in (once; Maven fetches mongo-java-server)');
  const place = await mkdtemp(`${jars}.`);
  const step = {
    failure: 'MongoDB: install it or set MONGO_URL, because its stand-in could not be built',
    timeoutMs: 300_000,
  };
  // The stand-in does not use these codecs of Netty, and the codecs need libraries that are not installed.
  const unused = ['compression', 'marshalling', 'protobuf'].map((name) => `netty-codec-${name}`).join(',');
  const copy = ['-DincludeScope=runtime', `-DexcludeArtifactIds=${unused}`, `-DoutputDirectory=${place}`];
  try {
    await runProgram('mvn', ['-q', '-B', '-f', join(SOURCE, 'pom.xml'), 'dependency:copy-dependencies', ...copy], step);
    await runProgram('javac', ['-cp', `${place}/*`, '-d', place, join(SOURCE, 'Mongod.java')], step);
    const classes = (await readdir(place)).filter((name) => name.endsWith('.class'));
    await runProgram('jar', ['cf', 'standin.jar', ...classes], { ...step, cwd: place });
    await rename(place, jars).catch((error: NodeJS.ErrnoException) => {
      // If `jars` exists, another process has built the same version, and the error does not matter.
      if (!existsSync(jars)) throw error;
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
