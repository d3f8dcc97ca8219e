import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { accessibilityFaults, describeInBrowser, type Person } from './browser.js';
import { openStage, password, type Stage } from './stage.js';

// A browser on a busy machine is slow. The test waits for conditions, so a long limit has no cost.
jest.setTimeout(90_000);

describeInBrowser('the bookings page', () => {
  let stage: Stage;
  let ada: Person;
  beforeAll(async () => {
    stage = await openStage();
    ada = await stage.enter();
    const data = { email: 'ada@example.com', password, displayName: 'Ada Lovelace' };
    await ada.page.request.post('/v1/users', { data });
  });
  afterAll(() => stage?.close());

  it('books a room, lists the booking, and refuses to book the same room again', async () => {
    const { page } = ada;
    await page.goto('/bookings');
    const book = async () => {
      await page.getByLabel('Room', { exact: true }).selectOption('library');
      await page.getByLabel('Day', { exact: true }).fill('2130-01-31');
      await page.getByRole('button', { name: 'Book', exact: true }).click();
    };
    await book();
    const list = page.getByRole('region', { name: 'Your bookings' });
    await list.getByText('Library').waitFor();
    await list.getByText('09:00–10:00 UTC').waitFor();
    await book();
    await page.getByRole('alert').getByText('The room is already booked at that time').waitFor();
    expect(await list.getByRole('listitem').count()).toBe(1);
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Room booked' }).first().waitFor();
    await page.locator('.counts__legend').getByText('Bookings').waitFor();
    expect(stage.complaints().filter((complaint) => !complaint.includes('400'))).toEqual([]);
  });
});
