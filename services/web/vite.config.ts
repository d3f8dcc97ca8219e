import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { pagePaths } from './src/app/page-paths.js';
import { showDemoUsers } from './build/show-demo-users.js';
import { listPages } from './build/list-pages.js';
import { precompress } from './build/precompress.js';
import { preloadFont } from './build/preload-font.js';

/** The address of the gateway: that of `npm start`, unless `npm run dev` or a file .env names another one. */
const { GATEWAY_URL: target = 'http://127.0.0.1:3000', DEMO_USERS } = loadEnv('development', import.meta.dirname, [
  'GATEWAY_',
  'DEMO_',
]);

export default defineConfig({
  plugins: [react(), listPages(pagePaths), preloadFont('figtree-latin-wght'), precompress(), showDemoUsers(DEMO_USERS)],
  // The source, so that the pages do not need a build of the package first.
  resolve: { alias: { '@mainstay/text': fileURLToPath(new URL('../../packages/text/src/index.ts', import.meta.url)) } },
  build: {
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'], // light-dark(), :has() and nesting stay as written
    assetsInlineLimit: 0, // the content security policy allows inline images only, so nothing is inlined
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
    // In development the page comes from Vite and everything else from the gateway.
    proxy: Object.fromEntries(['/v1', '/docs', '/openapi.json', '/healthz'].map((path) => [path, { target }])),
  },
});
