/** All paths of the web UI. The server returns 404 for unknown paths. */
export const pagePaths = [
  '/',
  '/sign-in',
  '/register',
  '/transfer',
  '/activity',
  '/security',
  '/accounts/:accountId',
] as const;
