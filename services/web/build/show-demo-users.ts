import type { Plugin } from 'vite';

/** Puts the demo users of `npm run dev` into the page that Vite serves: the sign-in page shows them. A build never has them. */
export function showDemoUsers(users = ''): Plugin {
  return {
    name: 'show-demo-users',
    apply: 'serve',
    transformIndexHtml: () =>
      users === '' ? [] : [{ tag: 'meta', attrs: { name: 'demo-users', content: users }, injectTo: 'head' }],
  };
}
