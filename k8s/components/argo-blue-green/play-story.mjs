// @ts-check
/** What the Job runs: the story once, at the address it is given. Exit code 1 and a sentence where a request is not answered as it must be. */
import { playStory } from './story.mjs';

await playStory(String(process.argv[2])).then(
  () => console.log('the story was played'),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
