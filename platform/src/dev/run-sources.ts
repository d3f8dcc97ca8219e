/**
 * `node --import=…/run-sources.ts` runs the TypeScript sources of a service and of the packages without a build.
 * Node.js removes the types and does not check the types.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const packages = new URL('../../../packages/', import.meta.url);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const own = /^@mainstay\/([a-z-]+)(?:\/([a-z-]+))?$/.exec(specifier);
    if (own) {
      const [, name, file = 'index'] = own;
      return nextResolve(new URL(`${name}/src/${file}.ts`, packages).href, context);
    }
    // Sources import `x.js`, and worker threads start dist/x.js. Both names become src/x.ts.
    if (/^(?:\.|file:).*\.js$/.test(specifier)) {
      const { href } = new URL(specifier.replace(/js$/, 'ts').replace('/dist/', '/src/'), context.parentURL);
      if (!href.includes('/node_modules/') && existsSync(fileURLToPath(href))) return nextResolve(href, context);
    }
    return nextResolve(specifier, context);
  },
});
