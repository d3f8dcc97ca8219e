import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { accessibilityFaults, describeInBrowser, type Person } from './browser.js';
import { openStage, password, type Stage } from './stage.js';

// A browser on a busy machine is slow, so each test may run for 90 s. No assertion depends on a duration.
jest.setTimeout(90_000);

const isTooWide = (page: Page) =>
  page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth');

describeInBrowser('the pages', () => {
  let stage: Stage;
  let ada: Person;
  let accountId: string;

  beforeAll(async () => {
    stage = await openStage();
    ada = await stage.enter();
    const { request } = ada.page;
    await request.post('/v1/users', { data: { email: 'ada@example.com', password, displayName: 'Ada Lovelace' } });
    const account = await request.post('/v1/accounts', { data: { name: 'Everyday', currency: 'EUR' } });
    ({ id: accountId } = (await account.json()) as { id: string });
    await request.post(`/v1/accounts/${accountId}/deposits`, {
      data: { amount: 25_000 },
      headers: { 'idempotency-key': 'first' },
    });
  });

  afterAll(() => stage?.close());

  afterEach(() => {
    expect(stage.complaints()).toEqual([]);
  });

  it('have no accessibility fault that axe-core finds, in either theme, wide or narrow', async () => {
    const guest = await stage.enter();
    const pages: [Person, string, string][] = [
      [guest, '/sign-in', 'Sign in'],
      [guest, '/register', 'Create an account'],
      [ada, '/', 'Hello, Ada Lovelace'],
      [ada, `/accounts/${accountId}`, 'Everyday'],
      [ada, '/transfer', 'Transfer'],
      [ada, '/activity', 'Activity'],
      [ada, '/security', 'Security'],
    ];
    const faults: string[] = [];
    for (const [{ page }, path, heading] of pages) {
      await page.goto(path);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
      await page.waitForLoadState('load');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(
          colorScheme === 'light' ? { width: 1280, height: 900 } : { width: 320, height: 700 },
        );
        faults.push(...(await accessibilityFaults(page)).map((fault) => `${path} ${colorScheme}: ${fault}`));
        if (await isTooWide(page)) faults.push(`${path}: wider than the window`);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    expect(faults).toEqual([]);
  });

  it('offer deposits only if the platform has them', async () => {
    const { page } = ada;
    const addMoney = page.getByRole('button', { name: 'Add money' });
    await page.goto(`/accounts/${accountId}`);
    await addMoney.waitFor();
    // With the setting DEMO_DEPOSITS=false, the OpenAPI document does not contain the path for deposits. This reply
    // imitates that document.
    await page.route('**/openapi.json', (route) => route.fulfill({ json: { paths: { '/v1/accounts': {} } } }));
    const asked = page.waitForResponse('**/openapi.json');
    await page.reload();
    await asked;
    await page.getByRole('heading', { name: 'Everyday', level: 1 }).waitFor();
    expect(await addMoney.count()).toBe(0);
    await page.unroute('**/openapi.json');
  });

  it('show names of any length and with any characters', async () => {
    const { page } = ada;
    const name = `${'W'.repeat(60)}<b>`;
    const reply = await page.request.post('/v1/accounts', { data: { name, currency: 'EUR' } });
    const { id } = (await reply.json()) as { id: string };
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of ['/', `/accounts/${id}`, '/transfer', '/activity']) {
      await page.goto(path);
      await page.getByText('WWWW').first().waitFor({ state: 'attached' });
      expect([path, await isTooWide(page)]).toEqual([path, false]);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('put an event under the same day in chart and list, in the reader’s time zone', async () => {
    // At any hour, the date in one of these zones differs from the date in UTC. Kiritimati has UTC+14, and Pago Pago
    // has UTC-11.
    for (const timezoneId of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const { page, context } = await stage.enter({ timezoneId });
      const credentials = { email: 'ada@example.com', password };
      await context.request.post('/v1/session', { data: credentials });
      await page.goto('/activity?period=week');
      await page.getByRole('heading', { name: 'Today' }).waitFor();
      const today = await page.evaluate<string>(
        `new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' }).format(new Date())`,
      );
      await page.getByText('As a table').click();
      await page.getByRole('rowheader', { name: today, exact: true }).waitFor();
      await context.close();
    }
  });

  it('show received money without a direction until the accounts are loaded', async () => {
    const { page } = ada;
    const { context } = await stage.enter();
    const { request } = context;
    await request.post('/v1/users', { data: { email: 'grace@example.com', password, displayName: 'Grace Hopper' } });
    const account = await request.post('/v1/accounts', { data: { name: 'Everyday', currency: 'EUR' } });
    const { id } = (await account.json()) as { id: string };
    const headers = { 'idempotency-key': 'first' };
    await request.post(`/v1/accounts/${id}/deposits`, { data: { amount: 700 }, headers });
    const order = { fromAccountId: id, toAccountId: accountId, amount: 700 };
    expect((await request.post('/v1/transfers', { data: order, headers })).status()).toBe(201);
    await context.close();

    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await page.route(/\/v1\/accounts\?/, async (route) => {
      await released;
      await route.continue();
    });
    await page.goto('/activity');
    const line = page.locator('.line', { hasText: '€7.00' });
    await line.getByText('Transfer', { exact: true }).waitFor();
    expect(await line.locator('.line__amount').textContent()).toBe('€7.00');
    release();
    await line.getByText('Money received').waitFor();
    expect(await line.locator('.line__amount').textContent()).toBe('+€7.00');
    await page.unroute(/\/v1\/accounts\?/);
  });

  it('accept any dates in the address of the page', async () => {
    const { page } = ada;
    await page.goto('/activity?period=custom&from=1970-01-01&to=2999-12-31');
    await page.getByText('The chart shows at most 1,000 days.', { exact: false }).waitFor();
    await page.getByLabel('From').fill('2026-01-01');
    await page.waitForURL('**from=2026-01-01**');
    await page.goto('/activity?period=custom&from=0001-01-01&to=9999-99-99');
    await page.locator('.line__title', { hasText: 'Account opened' }).first().waitFor();
  });

  it('show the remaining time of a rate limit uncut on a narrow screen, and then load without a click', async () => {
    const { page } = ada;
    await page.route(/\/v1\/accounts\?/, (route) =>
      route.fulfill({
        status: 429,
        headers: { 'retry-after': '2' },
        contentType: 'application/problem+json',
        body: JSON.stringify({ code: 'rate_limited', status: 429 }),
      }),
    );
    await page.setViewportSize({ width: 320, height: 700 });
    await page.goto('/');
    await page.getByText('A short pause').first().waitFor();
    const isCut = await page.evaluate(`
      const { scrollWidth, clientWidth } = document.querySelector('.banners .tabular');
      scrollWidth > clientWidth`);
    expect([isCut, await isTooWide(page)]).toEqual([false, false]);
    await page.unroute(/\/v1\/accounts\?/);
    await page.getByText('All accounts in EUR').waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('do not show a feed as live if it cannot connect', async () => {
    const { page, context } = ada;
    await page.goto('/');
    await page.locator('[data-connection="live"]').waitFor();
    await context.setOffline(true);
    await page.locator('[data-connection="offline"]').waitFor();
    await context.setOffline(false);
    await page.locator('[data-connection="live"]').waitFor();
  });

  it('let a user of the API documentation try a request with the session', async () => {
    const { page } = ada;
    await page.goto('/docs');
    const operation = page.locator('.opblock-get').filter({ has: page.locator('[data-path="/v1/users/me"]') });
    // The page can ignore a click before its scripts have loaded, so wait for the end of all requests.
    await page.waitForLoadState('networkidle');
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.opblock-summary-control[aria-expanded="true"]').waitFor();
    const answered = page.waitForResponse((reply) => reply.url().endsWith('/v1/users/me'));
    await operation.getByRole('button', { name: 'Execute' }).click();
    expect((await answered).status()).toBe(200);
    await operation.locator('.live-responses-table').getByText('ada@example.com').waitFor();
  });

  it('respond with 404 at unknown paths', async () => {
    for (const path of ['/nowhere', '/v1/nothing', '/metrics', '/accounts']) {
      const reply = await ada.page.request.get(path, { headers: { accept: 'text/html' } });
      expect([path, reply.status(), reply.headers()['content-type']]).toEqual([path, 404, 'application/problem+json']);
    }
  });
});
