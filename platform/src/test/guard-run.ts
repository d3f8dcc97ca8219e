/** Ends a test run when the process that started this one closes its end of the pipe, or has ended in any way. */
import { once } from 'node:events';
import { abandonedFolders } from '../own-folder.ts';
import { endAbandonedRun, killRun } from './run-folder.ts';

const path = process.argv[2] ?? '';
process.stdin.resume();
await once(process.stdin, 'end');
await killRun(path);
// A run that ends by itself removes its folder.
if ((await abandonedFolders(path)).includes(path)) await endAbandonedRun(path);
