import type { Plugin } from 'vite';

/**
 * Writes `pages.json`: the paths for which a server returns index.html, in Express' notation (`/accounts/:accountId`).
 */
export function listPages(paths: readonly string[]): Plugin {
  return {
    name: 'list-pages',
    apply: 'build',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'pages.json', source: `${JSON.stringify(paths, null, 2)}\n` });
    },
  };
}
