/**
 * Takes screenshots of the web interface into docs/web/, in both themes, for wide and phone screens.
 * Needs a running `npm start`, and Chromium (/usr/bin/chromium, or CHROMIUM_PATH).
 *
 *   node proofs/src/web-screenshots.ts [http://127.0.0.1:3000] [folder]
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { root } from '@mainstay/platform/root';
import { demoUsers } from '@mainstay/platform/start/seed';
import type * as Playwright from 'playwright-core';

const [url = 'http://127.0.0.1:3000', folder = join(root, 'docs/web')] = process.argv.slice(2);
const sizes = { wide: { width: 1120, height: 760 }, phone: { width: 360, height: 740 } };
const memos = ['Rent', 'Groceries', 'Theatre tickets', 'Lunch with Grace', 'Bicycle repair', 'Birthday present'];

const playwright = createRequire(join(root, 'e2e/package.json'))('playwright-core') as typeof Playwright;
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browser = await playwright.chromium.launch({ executablePath, args: ['--no-sandbox', '--hide-scrollbars'] });
try {
  const page = await browser.newPage({ baseURL: url, locale: 'en-GB', reducedMotion: 'reduce' });
  await page.goto('/sign-in');
  await take(page, 'sign-in');
  await page.goto('/register');
  await page.getByLabel('Password', { exact: true }).fill('a short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await take(page, 'register');

  const [from, to] = await pay(page.request);
  await page.goto('/');
  await page.locator('.standing__line').waitFor();
  await take(page, 'overview');
  await page.goto(`/accounts/${from}`);
  await page.getByText('No more entries.').waitFor();
  await take(page, 'account');
  await page.goto('/transfer');
  await page.getByLabel('From').selectOption(from);
  await page.getByRole('textbox', { name: 'Account id' }).fill(to);
  await page.getByRole('textbox', { name: 'Amount' }).fill('48.50');
  await page.getByRole('textbox', { name: 'Message' }).fill('Theatre tickets');
  await take(page, 'transfer');
  await page.getByRole('button', { name: 'Review' }).click();
  await take(page, 'review');
  await page.goto('/activity?period=month');
  await page.locator('.counts__bar').first().waitFor();
  await take(page, 'activity');
  await page.goto('/security');
  await page.getByText('This device').waitFor();
  await take(page, 'security');
} finally {
  await browser.close();
}

/** Pays between the two accounts of the first demo user. Returns the accounts. */
async function pay(request: Playwright.APIRequestContext): Promise<[string, string]> {
  const { email, password } = demoUsers[0]!;
  await request.post('/v1/session', { data: { email, password } });
  const { items } = (await (await request.get('/v1/accounts')).json()) as { items: { id: string }[] };
  const [from = '', to = ''] = items.map(({ id }) => id);
  for (const [index, memo] of memos.entries()) {
    const [fromAccountId, toAccountId] = index % 3 === 2 ? [to, from] : [from, to];
    const data = { fromAccountId, toAccountId, amount: 10_000 + ((index * 7_919) % 60_000), memo };
    await request.post('/v1/transfers', { data, headers: { 'idempotency-key': `screenshots-${from}-${index}` } });
  }
  return [from, to];
}

async function take(page: Playwright.Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      await page.evaluate('document.fonts.ready');
      await page.screenshot({ path: join(resolve(folder), `${name}-${size}-${colorScheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(sizes.wide);
}
