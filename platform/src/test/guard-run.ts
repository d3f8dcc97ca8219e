/** Ends a test run when the parent process closes the pipe, or ends for any reason. */
import { once } from 'node:events';
import { abandonedFolders } from '../own-folder.ts';
import { endAbandonedRun, killRun } from './run-folder.ts';

const path = process.argv[2] ?? '';
process.stdin.resume();
await once(process.stdin, 'end');
await killRun(path);
// A run that ends normally removes its folder itself.
if ((await abandonedFolders(path)).includes(path)) await endAbandonedRun(path);
