/**
 * Every path that the page answers, in Express' notation. The build writes them to `dist/pages.json`, and whoever serves the page answers these
 * with `index.html` and no others: an unknown path stays a 404. A test holds the router to them.
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
