/**
 * All paths of the web UI, in Express' notation. The build writes these paths to `dist/pages.json`. A server returns
 * `index.html` for exactly these paths, and 404 for an unknown path. A test compares this list with the router.
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
