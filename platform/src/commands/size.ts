/** npm run size: how many non-blank lines of TypeScript, JavaScript and shell each area has. Tests and generated files are not counted. */
import { countLines } from '../size/count-lines.ts';
import { root } from '../root.ts';

const sizes = countLines(root);
const total = { typescript: 0, javascript: 0, shell: 0 };
for (const size of sizes.values()) {
  for (const language of ['typescript', 'javascript', 'shell'] as const) total[language] += size[language];
}
console.table(Object.fromEntries([...sizes, ['total', total]]));
const share = total.javascript / (total.javascript + total.typescript);
console.log(`JavaScript is ${(100 * share).toFixed(1)} % of TypeScript and JavaScript.`);
