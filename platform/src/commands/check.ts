/**
 * npm run check: checks types, lint, format, imports, dead code, house rules, documentation and generated files. Runs all
 * checks and reports all failures.
 *
 *   npm run check -- --changed     limits lint and format to the files that differ from the main branch
 */
import { runChecks } from '../check/run-checks.ts';
import { readSwitches } from '../options.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => runChecks({ changedOnly: readSwitches('changed').changed }));
