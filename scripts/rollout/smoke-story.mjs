// @ts-check
import { StoryError, playStory as play } from '../../k8s/components/argo-blue-green/story.mjs';
import { Refusal } from '../../platform/src/terminal.ts';

/**
 * Plays the story once.
 * @param {string} url where clients, or a port-forward, come in
 * @param {AbortSignal} [signal]
 * @throws Refusal with the request that was not answered as it must be
 */
export async function playStory(url, signal) {
  await play(url, signal).catch((error) => {
    throw error instanceof StoryError ? new Refusal(error.message, { cause: error }) : error;
  });
}
