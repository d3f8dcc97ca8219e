/**
 * npm run check: types, lint, format, imports, dead code, house rules, and generated files. Runs all checks and reports all failures.
 *
 *   npm run check -- --changed     lint and format only of files that differ from the main branch; before a push, run all of it
 */
import { readSwitches } from '../options.ts';
import { runChecks } from '../check/run-checks.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => runChecks({ changedOnly: readSwitches('changed').changed }));
