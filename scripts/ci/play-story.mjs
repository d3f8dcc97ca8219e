// @ts-check
/** node scripts/ci/play-story.mjs URL: the first story, once. A process of its own, because NODE_EXTRA_CA_CERTS is read at its start. */
import { Refusal, progress, runCommand } from '../../platform/src/terminal.ts';
import { playStory } from '../../k8s/components/argo-blue-green/story.mjs';

await runCommand(async () => {
  const [url = '', ...more] = process.argv.slice(2);
  if (!/^https?:/.test(url) || !URL.canParse(url) || more.length > 0) {
    throw new Refusal('Say where: node scripts/ci/play-story.mjs https://localhost:8443');
  }
  await playStory(new URL(url).origin);
  progress(`The story passes at ${url}`);
});
