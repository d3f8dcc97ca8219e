// @ts-check
/** For development: Node.js runs the TypeScript sources as they are, since they hold nothing but types to strip. Types are the editor's to check. */
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
    const own = /^@mainstay\/([a-z-]+)$/.exec(specifier);
    if (own) return nextResolve(new URL(`./packages/${own[1]}/src/index.ts`, import.meta.url).href, context);
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
      const source = new URL(specifier.replace(/js$/, 'ts'), context.parentURL);
      if (existsSync(fileURLToPath(source))) return nextResolve(source.href, context);
    }
    return nextResolve(specifier, context);
  },
});
