/**
 * npm run size: prints the number of non-blank lines of TypeScript, JavaScript and shell in each area, without tests and generated files.
 *
 *   npm run size -- words            prints the number of words of each documentation page
 *   npm run size -- images [TAG]     prints how many MB each service's image adds to its base image; fails above 60 MB
 */
import { countLines } from '../size/count-lines.ts';
import { countWords } from '../size/count-words.ts';
import { MEGABYTES_MAX, measureImages } from '../size/measure-images.ts';
import { root } from '../root.ts';
import { Refusal, runCommand } from '../terminal.ts';

const [what, tag = 'dev'] = process.argv.slice(2);
await runCommand(async () => {
  if (what === undefined) showLines();
  else if (what === 'words') showWords();
  else if (what === 'images') await showImages();
  else throw new Refusal(`Unknown: ${what}. --help lists the options of this command.`);
});

function showLines() {
  const sizes = countLines(root);
  const total = { typescript: 0, javascript: 0, shell: 0 };
  for (const size of sizes.values()) {
    for (const language of ['typescript', 'javascript', 'shell'] as const) total[language] += size[language];
  }
  console.table(Object.fromEntries([...sizes, ['total', total]]));
  const share = total.javascript / (total.javascript + total.typescript);
  console.log(`JavaScript is ${(100 * share).toFixed(1)} % of TypeScript and JavaScript.`);
}

function showWords() {
  const pages = [...countWords(root)].sort(([, one], [, other]) => other - one);
  for (const [page, words] of pages) console.log(`${String(words).padStart(6)}  ${page}`);
  console.log(`${String(pages.reduce((sum, [, words]) => sum + words, 0)).padStart(6)}  in all`);
}

async function showImages() {
  const sizes = await measureImages(tag);
  for (const [name, megabytes] of Object.entries(sizes))
    console.log(`${name.padEnd(10)} ${megabytes} MB over its base`);
  if (Object.values(sizes).some((megabytes) => megabytes > MEGABYTES_MAX))
    throw new Refusal(`An image adds more than ${MEGABYTES_MAX} MB to its base.`);
}
