// @ts-check
/** The smoke story, played to what is to serve and to what serves. */
import { Refusal, during } from '../../platform/src/terminal.ts';
import { nameOn } from './colours.mjs';
import { throughPort } from './port-forward.mjs';
import { playStory } from './smoke-story.mjs';
import { readyPods } from './tracks.mjs';

const GATEWAY_PORT = 3000;

/** @typedef {import('./rolling.mjs').Work} Work */

/** The story, as clients come in. @param {Work} work */
export async function verifyFront({ kubectl, order, signal }) {
  await during('Playing the smoke story', () =>
    order.url
      ? playStory(order.url, signal)
      : throughPort(kubectl, 'service/gateway', GATEWAY_PORT, (url) => playStory(url, signal)),
  );
}

/**
 * Each gateway of a track plays the whole story before it gets anybody's request.
 * @param {Work} work
 * @param {string} track
 * @throws Refusal where none is ready, or a request is not answered as it must be
 */
export async function verifyGateways({ kubectl, signal }, track) {
  const pods = await readyPods(kubectl, 'gateway', track);
  if (pods.length === 0) throw new Refusal(`${nameOn('gateway', track)} has no ready pod.`);
  for (const pod of pods) {
    await during(`Verifying ${pod}`, () =>
      throughPort(kubectl, `pod/${pod}`, GATEWAY_PORT, (url) => playStory(url, signal)),
    );
  }
}
