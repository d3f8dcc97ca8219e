/** Ends a test run when the parent process closes the pipe, or ends for any reason. */
import { once } from 'node:events';
import { removeOwnFolder } from '../own-folder.ts';
import { killRun } from './run-folder.ts';

const path = process.argv[2] ?? '';
process.stdin.resume();
await once(process.stdin, 'end');
await killRun(path);
// This call fails while the process of the run exists. That process removes the folder itself.
await removeOwnFolder(path).catch(() => undefined);
