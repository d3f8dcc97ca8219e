// @ts-check
/**
 * The program of the Job: runs the smoke story, `full` or `read-only`, once at the given address. If a reply is not as
 * expected, the program prints a sentence and exits with 1.
 */
import { playReadOnlyStory, playStory } from './story.mjs';

const [url = '', story] = process.argv.slice(2);

const play = story === 'read-only' ? playReadOnlyStory : playStory;
await play(url).then(
  () => console.log(`the ${story} story was played`),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
