import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoUsers } from './seed.ts';

/** The demo users as JSON. `services/web/src/pages/sign-in/demo-users.ts` reads this text. */
export const shownUsers = JSON.stringify(demoUsers.map(({ email, password }) => ({ email, password })));

/** Copies the built web interface, and adds the demo users to the copy. The build, which a release uses, does not change. */
export async function makeDemoPage(built: string, dataDirectory: string): Promise<string> {
  const copy = join(dataDirectory, 'web');
  await rm(copy, { recursive: true, force: true });
  await cp(built, copy, { recursive: true });
  const page = join(copy, 'index.html');
  const meta = `<meta name="demo-users" content="${shownUsers.replaceAll('"', '&quot;')}" />`;
  await writeFile(page, (await readFile(page, 'utf8')).replace('</head>', `${meta}</head>`));
  // Remove the compressed pages, because they lack the demo users.
  for (const encoded of ['.br', '.gz']) await rm(page + encoded, { force: true });
  return copy;
}
