// @ts-check
/**
 * The Job's program: plays the story, `full` or `read-only`, once at the given address. Exit code 1 and a sentence if a
 * reply is not as expected.
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
