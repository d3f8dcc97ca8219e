import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { pagePaths } from './src/app/page-paths.js';
import { listPages } from './build/list-pages.js';
import { precompress } from './build/precompress.js';
import { preloadFont } from './build/preload-font.js';

export default defineConfig(({ mode }) => ({
  plugins: [react(), listPages(pagePaths), preloadFont('figtree-latin-wght'), precompress()],
  // The source, so that the pages do not need a build of the package first.
  resolve: { alias: { '@mainstay/text': fileURLToPath(new URL('../../packages/text/src/index.ts', import.meta.url)) } },
  build: {
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'], // light-dark(), :has() and nesting stay as written
    assetsInlineLimit: 0, // the content security policy allows nothing inline, and one rule is easier to keep than two
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 400,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Few files for the first page, and the largest of them changes only with its dependencies. Charts load on
          // demand.
          groups: [
            { name: 'charts', test: /[\\/]node_modules[\\/](d3-|internmap)/, priority: 2 },
            { name: 'libraries', test: /[\\/]node_modules[\\/]/, priority: 1 },
            { name: 'shared', minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    // In development the page comes from Vite and everything else from the gateway of `npm start`.
    proxy: Object.fromEntries(
      ['/v1', '/docs', '/openapi.json'].map((path) => [
        path,
        { target: loadEnv(mode, import.meta.dirname, 'GATEWAY_').GATEWAY_URL ?? 'http://127.0.0.1:3000' },
      ]),
    ),
  },
}));
