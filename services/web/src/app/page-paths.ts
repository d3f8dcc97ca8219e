/**
 * Every path of the page, in Express' notation. The build writes them to `dist/pages.json`, and a server answers
 * exactly these with `index.html`; an unknown path stays a 404. A test compares the router with them.
 */
export const pagePaths = [
  '/',
  '/sign-in',
  '/register',
  '/transfer',
  '/activity',
  '/security',
  '/accounts/:accountId',
] as const;
