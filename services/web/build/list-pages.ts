import type { Plugin } from 'vite';

/** Writes `pages.json`: the paths that get index.html, in Express' notation. */
export function listPages(paths: readonly string[]): Plugin {
  return {
    name: 'list-pages',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'pages.json', source: `${JSON.stringify(paths, null, 2)}\n` });
    },
  };
}
