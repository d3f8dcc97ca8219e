// @ts-check
/** For development: Node.js runs the TypeScript sources without compiling them. It strips the types and does not check them. */
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Hooks as Node.js 24 takes them
 * @property {(specifier: string, context: { parentURL?: string }, nextResolve: (specifier: string, context: object) => object) => object} resolve
 */
const { registerHooks } = /** @type {{ registerHooks: (hooks: Hooks) => void }} */ (
  /** @type {unknown} */ (nodeModule)
);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const own = /^@mainstay\/([a-z-]+)(?:\/([a-z-]+))?$/.exec(specifier);
    if (own) {
      const [, name, file = 'index'] = own;
      return nextResolve(new URL(`./packages/${name}/src/${file}.ts`, import.meta.url).href, context);
    }
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
      const source = new URL(specifier.replace(/js$/, 'ts'), context.parentURL);
      if (existsSync(fileURLToPath(source))) return nextResolve(source.href, context);
    }
    return nextResolve(specifier, context);
  },
});
