import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { readFile } from 'node:fs/promises'; // fork:remove statements
import type { Page } from 'playwright-core';
import { eventually } from '@mainstay/platform/testing/eventually';
import { visitor, type Visitor } from '../visitor.js';
import { describeInBrowser, type Person } from './browser.js';
import { openStage, password, type Stage } from './stage.js';

// The time limit is long, because a browser on a busy machine is slow.
jest.setTimeout(90_000);

describeInBrowser('the web interface', () => {
  let stage: Stage;
  let ada: Person;
  let grace: Visitor;
  let gracesAccount: string;

  beforeAll(async () => {
    stage = await openStage();
    ada = await stage.enter();
    grace = visitor(stage.platform.url);
    await grace.post('/v1/users', { email: 'grace@example.com', password, displayName: 'Grace Hopper' });
    gracesAccount = (await grace.post('/v1/accounts', { name: 'Everyday', currency: 'EUR' })).json.id as string;
    await grace.postKeyed(`/v1/accounts/${gracesAccount}/deposits`, { amount: 100_000 });
  });

  afterAll(() => stage?.close());

  afterEach(() => {
    expect(stage.complaints()).toEqual([]);
  });

  async function signIn({ page }: Person, email: string): Promise<void> {
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  const waitUntilLive = (page: Page) => page.locator('[data-connection="live"]').first().waitFor();
  const balanceOf = async (accountId: string) => (await grace.get(`/v1/accounts/${accountId}`)).json.balance as number;
  async function reviewTransfer(page: Page, amount: string): Promise<void> {
    await page.getByRole('navigation').getByRole('link', { name: 'Transfer' }).click();
    await page.getByRole('textbox', { name: 'Account id' }).fill(gracesAccount);
    await page.getByRole('textbox', { name: 'Amount' }).fill(amount);
    await page.getByRole('button', { name: 'Review' }).click();
  }

  it('lets a new user register, open an account and add money', async () => {
    const { page } = ada;
    await page.goto('/');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByRole('button', { name: 'Create account' }).click();
    expect(await page.evaluate(`document.activeElement.name`)).toBe('displayName'); // the first invalid field
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Lovelace');
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: 'Open an account' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Everyday');
    await page.getByRole('dialog').getByRole('button', { name: 'Open account' }).click();
    await page.getByRole('button', { name: 'Add money' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Amount' }).fill('250');
    await page.getByRole('dialog').getByRole('button', { name: 'Add money' }).click();
    await page.getByText('€250.00 added.').waitFor();
    await page.getByText('Balance €250.00').first().waitFor();
  });

  it('shows a payment in a second window of the same user', async () => {
    const second = await stage.enter();
    await second.page.goto('/activity?period=week');
    await signIn(second, 'ada@example.com');
    await waitUntilLive(second.page);
    expect(second.page.url()).toContain('/activity?period=week'); // as requested before the sign-in
    await reviewTransfer(ada.page, '12.50');
    await ada.page.getByRole('button', { name: 'Send €12.50' }).click();
    await ada.page.getByRole('heading', { name: 'Sent' }).waitFor();
    await second.page.getByText('Money sent').waitFor();
    expect(await balanceOf(gracesAccount)).toBe(101_250);
  });

  it('announces money from another user on every page', async () => {
    await ada.page.getByRole('link', { name: 'To the account' }).click();
    await waitUntilLiveOnOverview();
    const accountId = new URL(ada.page.url()).pathname.split('/').at(-1);
    await grace.postKeyed('/v1/transfers', { fromAccountId: gracesAccount, toAccountId: accountId, amount: 1_000 });
    await ada.page.getByText('€10.00 arrived in Everyday').waitFor();
    await ada.page.getByText('Balance €247.50').first().waitFor();
  });

  /** Opens the overview, because the page of an account does not show whether the feed is live. */
  async function waitUntilLiveOnOverview(): Promise<void> {
    const { page } = ada;
    await page.getByRole('link', { name: 'Overview' }).first().click();
    await waitUntilLive(page);
    await page.goBack();
  }

  // fork:remove statements
  it('downloads a statement', async () => {
    await ada.page.getByRole('button', { name: 'Statement' }).click();
    const [download] = await Promise.all([
      ada.page.waitForEvent('download'),
      ada.page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^statement-.*\.pdf$/);
    expect((await readFile(await download.path())).subarray(0, 5).toString()).toBe('%PDF-');
  });
  // end of fork:remove statements

  it('sends a transfer once, even if the user clicks twice and the connection breaks', async () => {
    const { page, context } = ada;
    const before = await balanceOf(gracesAccount);
    await reviewTransfer(page, '20');
    // The platform gets the request, but the browser does not get the reply.
    await page.route('**/v1/transfers', async (route) => {
      await route.fetch();
      await context.setOffline(true);
      await route.abort('internetdisconnected');
    });
    await page.getByRole('button', { name: 'Send €20.00' }).dblclick();
    await page.getByText('You are offline', { exact: true }).waitFor();
    await page.unroute('**/v1/transfers');
    await context.setOffline(false);
    await page.getByRole('heading', { name: 'Sent' }).waitFor();
    expect(await balanceOf(gracesAccount)).toBe(before + 2_000);
  });

  it('restores an unanswered transfer after a reload, and makes it once', async () => {
    const { page } = ada;
    const before = await balanceOf(gracesAccount);
    await reviewTransfer(page, '30');
    await page.route('**/v1/transfers', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Send €30.00' }).click();
    await page.getByText('Not answered yet').waitFor();
    await page.unroute('**/v1/transfers');
    await page.reload();
    await page.getByRole('button', { name: 'Finish it' }).click();
    await page.getByText('€30.00: it went through, once.').waitFor();
    expect(await balanceOf(gracesAccount)).toBe(before + 3_000);
    await page.reload();
    await page.getByRole('heading', { name: 'Transfer' }).waitFor();
    expect(await page.getByRole('button', { name: 'Finish it' }).count()).toBe(0);
  });

  it('shows each event once, even if the gateway restarts', async () => {
    const { page } = ada;
    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
    await waitUntilLive(page);
    const received = () => page.getByText('Money received').count();
    await page.getByText('Money received').first().waitFor(); // wait here, because received() does not wait
    const before = await received();
    const pay = (amount: number) =>
      grace.postKeyed('/v1/transfers', { fromAccountId: gracesAccount, toAccountId: accountOfAda, amount });
    const accountOfAda = await adasAccount();
    await pay(1);
    await eventually(received, (count) => count === before + 1);
    await stage.platform.kill('gateway');
    await page.locator('[data-connection="waiting"]').first().waitFor();
    await stage.platform.start('gateway');
    await Promise.all([pay(2), pay(3)]);
    await eventually(received, (count) => count === before + 3);
    await waitUntilLive(page);
    await pay(4);
    await eventually(received, (count) => count === before + 4);
    const ids = await page.locator('time').count();
    await page.reload();
    await waitUntilLive(page);
    await eventually(received, (count) => count === before + 4);
    expect(await page.locator('time').count()).toBe(ids);
  });

  async function adasAccount(): Promise<string> {
    const reply = await ada.page.request.get('/v1/accounts');
    const { items } = (await reply.json()) as { items: { id: string }[] };
    return items[0]?.id ?? '';
  }

  it('lets a user end the session of another browser', async () => {
    const other = stage.people[1]!;
    await ada.page.getByRole('navigation').getByRole('link', { name: 'Security' }).click();
    await ada.page.getByRole('button', { name: /^End the session/ }).click();
    await ada.page.getByRole('dialog').getByRole('button', { name: 'End' }).click();
    await ada.page.getByText('The session has ended.').waitFor();
    await other.page.getByText('You have been signed out.', { exact: false }).waitFor();
    expect(new URL(other.page.url()).searchParams.get('returnTo')).toBe('/activity?period=week');
  });
});
