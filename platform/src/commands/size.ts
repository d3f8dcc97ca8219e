/**
 * npm run size: prints the number of non-blank lines of TypeScript, JavaScript and shell in each area, without tests and generated files.
 *
 *   npm run size -- words            prints the number of words of each documentation page
 *   npm run size -- images [TAG]     prints how many MB each service's image adds to its base image; fails above 60 MB
 */
import { countLines, countWords, measureImages } from '../size/measure.ts';
import { Refusal, runCommand } from '../terminal.ts';

/** The most that a service's image may add to its base. */
const MEGABYTES_MAX = 60;

const [what, tag = 'dev'] = process.argv.slice(2);
await runCommand(async () => {
  if (what === undefined) await showLines();
  else if (what === 'words') await showWords();
  else if (what === 'images') await showImages();
  else throw new Refusal(`Unknown: ${what}. --help lists the options of this command.`);
});

async function showLines() {
  const { total, ...areas } = await countLines();
  const { typescript = 0, javascript = 0 } = total ?? {};
  console.table({ ...areas, total });
  const share = javascript / (javascript + typescript);
  console.log(`JavaScript is ${(100 * share).toFixed(1)} % of TypeScript and JavaScript.`);
}

async function showWords() {
  const pages = (await countWords()).sort(([, one], [, other]) => other - one);
  for (const [page, words] of pages) console.log(`${String(words).padStart(6)}  ${page}`);
  console.log(`${String(pages.reduce((sum, [, words]) => sum + words, 0)).padStart(6)}  in all`);
}

async function showImages() {
  const sizes = await measureImages(tag);
  for (const [name, megabytes] of sizes) console.log(`${name.padEnd(10)} ${megabytes} MB over its base`);
  if (sizes.some(([, megabytes]) => megabytes > MEGABYTES_MAX))
    throw new Refusal(`An image adds more than ${MEGABYTES_MAX} MB to its base.`);
}
