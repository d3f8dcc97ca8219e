/** npm run check: checks types, lint, format, imports, dead code, house rules, documentation and generated files. Runs all checks and reports all failures. */
import { runChecks } from '../check/run-checks.ts';
import { runCommand } from '../terminal.ts';

await runCommand(runChecks);
