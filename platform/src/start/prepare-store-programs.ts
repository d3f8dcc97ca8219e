import type { Settings } from '../settings.ts';
import { findMongod, isDownloadPossible } from '../stores/mongod-download.ts';
import { prepareStandIn } from '../stores/mongod-stand-in.ts';
import { findRedisBinary } from '../stores/redis-binary.ts';
import { progress } from '../terminal.ts';

/**
 * Begins downloads and builds for the stores before the packages are installed. Resolves when it is done, and never
 * fails: the start of a store looks for its program again, and reports what is missing.
 */
export async function prepareStorePrograms({ given }: Settings): Promise<void> {
  await Promise.allSettled([
    given.redisUrl === undefined && findRedisBinary(progress),
    given.mongoUrl === undefined && prepareMongo(),
  ]);
}

/** The download of mongod needs an installed package; the build of its stand-in does not. */
async function prepareMongo(): Promise<void> {
  if ((await findMongod()) === undefined && !(await isDownloadPossible(progress))) await prepareStandIn(progress);
}
