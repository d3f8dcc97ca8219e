// @ts-check
import { Refusal, runCommand } from '../../platform/src/terminal.ts';

/**
 * What a step takes, in the words of its usage line; and the step, which is loaded only when it is run, for most need no package.
 * @type {Record<string, { takes: string, does: string, run: (args: string[]) => Promise<void> }>}
 */
const steps = {
  version: {
    takes: '',
    does: 'names this commit: the tag of its images',
    run: async (args) => (await import('./version.mjs')).version(args),
  },
  images: {
    takes: '[--tag TAG] | --push REGISTRY --platform PLATFORM --digests FILE',
    does: 'builds all images; with --push into a registry, by digest',
    run: async (args) => (await import('./images.mjs')).images(args),
  },
  publish: {
    takes: '--registry REGISTRY --tag TAG --digests FOLDER --release FILE',
    does: 'makes one image of those of each platform, and writes down their digests',
    run: async (args) => (await import('./publish.mjs')).publish(args),
  },
  sign: {
    takes: '--release FILE [--key FILE]',
    does: 'signs the images of a release; without a key as the workflow that runs it',
    run: async (args) => (await import('./signatures.mjs')).sign(args),
  },
  verify: {
    takes: '--release FILE [--overlay NAME] [--key FILE]',
    does: 'refuses a release whose tags have moved, that nobody signed, or that the overlay does not take',
    run: async (args) => (await import('./signatures.mjs')).verify(args),
  },
  kubeconfig: {
    takes: '',
    does: 'puts the text in KUBECONFIG_CONTENT into the file that KUBECONFIG names',
    run: async (args) => (await import('./kubeconfig.mjs')).kubeconfig(args),
  },
  kind: {
    takes: 'up|load|down [--tag TAG] [--name NAME]',
    does: 'a cluster by kind, of two nodes, with the images of a tag; load: those of another',
    run: async (args) => (await import('./kind.mjs')).kind(args),
  },
  scan: {
    takes: 'config | images [--tag TAG] | secrets',
    does: 'trivy over configuration or images, gitleaks over the history',
    run: async (args) => (await import('./scan.mjs')).scan(args),
  },
  'dependency-check': {
    takes: '',
    does: 'OWASP Dependency-Check over what is installed: fails from CVSS 7',
    run: async (args) => (await import('./dependency-check.mjs')).dependencyCheck(args),
  },
};

/**
 * Runs one step. Exit code 1 with one sentence on bad input, and on whatever the step's program refuses.
 * @param {string[]} args the step's name and what it takes
 */
export function runPipeline([name, ...args]) {
  return runCommand(async () => {
    if (name === undefined || name === '--help') return console.log(usage());
    const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
    if (!step) throw new Refusal(`There is no step "${name}". There are ${Object.keys(steps).join(', ')}.`);
    await step.run(args);
  });
}

function usage() {
  const lines = Object.entries(steps).map(([name, { takes, does }]) => `  ${`${name} ${takes}`.trim()}\n      ${does}`);
  return `npm run pipeline -- STEP\n\n${lines.join('\n')}`;
}
