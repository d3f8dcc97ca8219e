// @ts-check
/**
 * The Job's program: plays the story once at the given address. Exit code 1 and a sentence if a reply is not as
 * expected.
 */
import { playStory } from './story.mjs';

await playStory(String(process.argv[2])).then(
  () => console.log('the story was played'),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
