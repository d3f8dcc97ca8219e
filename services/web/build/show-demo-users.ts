import type { Plugin } from 'vite';

/**
 * Adds the demo users of `npm run dev` to the HTML of Vite's development server. The sign-in page lists these users. A
 * production build never contains them.
 */
export function showDemoUsers(users = ''): Plugin {
  return {
    name: 'show-demo-users',
    apply: 'serve',
    transformIndexHtml: () =>
      users === '' ? [] : [{ tag: 'meta', attrs: { name: 'demo-users', content: users }, injectTo: 'head' }],
  };
}
