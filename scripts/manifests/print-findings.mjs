// @ts-check
/** Prints the findings of all targets as JSON: for the test, whose own loader of modules would take longer than all of the work. */
import { findProblems } from './find-problems.mjs';
import { findTargets } from './targets.mjs';

console.log(JSON.stringify(await findProblems(await findTargets())));
