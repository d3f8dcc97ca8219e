/**
 * Pictures of every page of the web interface, in both themes and on a phone, into docs/web/. The platform of `npm start` must run; Chromium must be
 * installed (CHROMIUM_PATH names it where it is not /usr/bin/chromium).
 *
 *   node proofs/src/web-screenshots.ts [http://127.0.0.1:3000] [folder]
 *
 * The demo users are a minute old, so the times of what they did are spread over the month before on their way to the browser. Nothing else is staged.
 */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { demoUsers } from '@mainstay/platform/start/seed';
import { root } from '@mainstay/platform/root';
import type { BrowserContext, Page } from 'playwright-core';

const [url = 'http://127.0.0.1:3000', folder = join(root, 'docs/web')] = process.argv.slice(2);
const DAY_MS = 86_400_000;
const wide = { width: 1120, height: 760 };
const phone = { width: 360, height: 740 };
const memos = ['Rent', 'Groceries', 'Theatre tickets', 'Lunch with Grace', 'Bicycle repair', 'Birthday present'];

const playwright = createRequire(join(root, 'e2e/package.json')).resolve('playwright-core');
const {
  default: { chromium },
} = await import(pathToFileURL(playwright).href);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--hide-scrollbars'],
});
try {
  await mkdir(resolve(folder), { recursive: true });
  await takeAll();
} finally {
  await browser.close();
}

async function takeAll() {
  const context = await browser.newContext({ baseURL: url, locale: 'en-GB', viewport: wide, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto('/sign-in');
  await take(page, 'sign-in');
  await page.goto('/register');
  await page.getByLabel('Password', { exact: true }).fill('a short');
  await page.getByRole('button', { name: 'Create account' }).click();
  await take(page, 'register');

  const { from, to } = await play(context);
  await spreadOverTheMonth(page);
  await page.goto('/');
  await page.locator('.standing__line').waitFor();
  await take(page, 'overview');
  await page.goto(`/accounts/${from}`);
  await page.getByText('That is all.').waitFor();
  await take(page, 'account');
  await page.goto('/transfer');
  await page.getByLabel('From').selectOption(from);
  await page.getByLabel('Account id').fill(to);
  await page.getByLabel('Amount').fill('48.50');
  await page.getByLabel('Message').fill('Theatre tickets');
  await take(page, 'transfer');
  await page.getByRole('button', { name: 'Review' }).click();
  await take(page, 'review');
  await page.goto('/activity?period=month');
  await page.locator('.counts__bar').first().waitFor();
  await take(page, 'activity');
  await page.goto('/security');
  await page.getByText('This device').waitFor();
  await take(page, 'security');
}

interface Bucket {
  start: string;
  type: string;
  count: number;
}

/** Signs Ada in, and has her and Grace pay each other. */
async function play(context: BrowserContext) {
  const [ada, grace] = demoUsers;
  const graceContext = await browser.newContext({ baseURL: url });
  const accounts = [];
  for (const [user, { request }] of [
    [ada, context],
    [grace, graceContext],
  ] as const) {
    await request.post('/v1/session', { data: { email: user?.email, password: user?.password } });
    const { items } = await (await request.get('/v1/accounts')).json();
    accounts.push(items.find((account: { name: string }) => account.name === 'Everyday').id);
  }
  const [from, to] = accounts;
  for (const [index, memo] of memos.entries()) {
    const isOut = index % 3 !== 2;
    const [request, fromAccountId, toAccountId] = isOut
      ? [context.request, from, to]
      : [graceContext.request, to, from];
    await request.post('/v1/transfers', {
      data: { fromAccountId, toAccountId, amount: 10_000 + ((index * 7_919) % 60_000), memo },
      headers: { 'idempotency-key': `screenshots-${from}-${index}` },
    });
  }
  await graceContext.close();
  return { from, to };
}

async function spreadOverTheMonth(page: Page) {
  await page.route(/\/v1\/(accounts\/[^/]+\/entries|activity\?)/, async (route) => {
    const reply = await route.fetch();
    const body = await reply.json();
    const step = (28 * DAY_MS) / Math.max(body.items.length, 1);
    for (const [index, item] of body.items.entries()) {
      const at = new Date(Date.now() - (index + 0.5) * step).toISOString();
      if ('createdAt' in item) item.createdAt = at;
      else item.time = at;
    }
    await route.fulfill({ response: reply, json: body });
  });
  await page.route(/\/v1\/activity\/summary/, async (route) => {
    const reply = await route.fetch();
    const { buckets } = await reply.json();
    const spread = buckets.flatMap(({ start, type, count }: Bucket, kind: number) =>
      Array.from({ length: Math.min(count, 12) }, (_, index) => ({
        start: new Date(Date.parse(start) - ((index * 5 + kind * 3) % 28) * DAY_MS).toISOString(),
        type,
        count: 1 + ((index + kind) % 2),
      })),
    );
    await route.fulfill({ response: reply, json: { buckets: spread } });
  });
}

async function take(page: Page, name: string) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries({ wide, phone })) {
      await page.setViewportSize(viewport);
      await page.evaluate('document.fonts.ready');
      await page.screenshot({ path: join(resolve(folder), `${name}-${size}-${colorScheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(wide);
}
