// @ts-check
import { nameOf } from '../objects.mjs';

/** @typedef {import('../rules.mjs').Rendering} Rendering */

/**
 * Every image has a tag or a digest that is not `latest`; whatever a container may have of memory is reserved for it, so that no neighbour ends it.
 * @param {Rendering} rendering
 * @returns {string[]}
 */
export function containers({ workloads }) {
  return workloads.flatMap(({ object, containers: all }) =>
    all.flatMap(({ name, image, imagePullPolicy, resources: { requests = {}, limits = {} } = {} }) => {
      const problems = [];
      const tag = tagOf(image);
      if (!tag || tag === 'latest') problems.push(`names its image as ${image}, whose tag says nothing`);
      if (imagePullPolicy !== 'IfNotPresent') problems.push('needs imagePullPolicy: IfNotPresent');
      if (!requests.cpu || !limits.cpu) problems.push('needs a request and a limit of the processor');
      if (!requests.memory || requests.memory !== limits.memory)
        problems.push('needs a memory limit equal to its request');
      return problems.map((problem) => `${nameOf(object)}: container ${name} ${problem}`);
    }),
  );
}

/**
 * @param {string} image
 * @returns {string | undefined} the tag, or the digest where there is one
 */
export function tagOf(image) {
  const [name = '', digest] = image.split('@');
  return digest ?? /:([^/:]+)$/.exec(name)?.[1];
}
