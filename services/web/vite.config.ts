import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';
import { pagePaths } from './src/app/page-paths.js';
import { showDemoUsers } from './build/show-demo-users.js';
import { listPages } from './build/list-pages.js';
import { precompress } from './build/precompress.js';
import { preloadFont } from './build/preload-font.js';

/** The gateway's address. The environment or a file .env can set a different address. */
const { GATEWAY_URL: target = 'http://127.0.0.1:3000', DEMO_USERS } = loadEnv('development', import.meta.dirname, [
  'GATEWAY_',
  'DEMO_',
]);

export default defineConfig({
  plugins: [react(), listPages(pagePaths), preloadFont('figtree-latin-wght'), precompress(), showDemoUsers(DEMO_USERS)],
  // Use the package's TypeScript source, because it needs no build.
  resolve: { alias: { '@mainstay/text': fileURLToPath(new URL('../../packages/text/src/index.ts', import.meta.url)) } },
  build: {
    // The first versions that support light-dark() and :has() in style sheets, and AbortSignal.any().
    target: ['chrome123', 'edge123', 'firefox124', 'safari17.5'],
    assetsInlineLimit: 0, // the content security policy forbids inline files other than images
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 400,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Browsers cache `libraries` for a long time, because the file contains none of the web UI's own code.
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
    // During development Vite serves the web UI, and the gateway serves these paths.
    proxy: Object.fromEntries(['/v1', '/docs', '/openapi.json', '/healthz'].map((path) => [path, { target }])),
  },
});
