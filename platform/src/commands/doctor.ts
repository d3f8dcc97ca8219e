/** npm run doctor: reports what npm start needs, what is missing, and how to get it. Installs and starts nothing. The exit code is 1 only when npm start cannot work. */
import { findMissing } from '../check/find-missing.ts';
import { runCommand } from '../terminal.ts';

await runCommand(findMissing);
