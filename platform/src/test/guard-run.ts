/** Kills the processes of a test run when `npm test` ends or closes the standard input of this process. */
import { once } from 'node:events';
import { removeOwnFolder } from '../own-folder.ts';
import { killRun } from './run-folder.ts';

const path = process.argv[2] ?? '';
process.stdin.resume();
await once(process.stdin, 'end');
await killRun(path);
// If `npm test` still runs, the folder is in use, so removeOwnFolder rejects. `npm test` then removes the folder.
await removeOwnFolder(path).catch(() => undefined);
