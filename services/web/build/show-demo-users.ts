import type { Plugin } from 'vite';

/** Adds demo users to the HTML of the development server. A production build never contains demo users. */
export function showDemoUsers(users = ''): Plugin {
  return {
    name: 'show-demo-users',
    apply: 'serve',
    transformIndexHtml: () =>
      users === '' ? [] : [{ tag: 'meta', attrs: { name: 'demo-users', content: users }, injectTo: 'head' }],
  };
}
