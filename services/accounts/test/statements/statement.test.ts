import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshKey, openAccount, startAccounts, type Person, type RunningAccounts } from '../running-accounts.js';

let accounts: RunningAccounts;
let ada: Person;

beforeAll(async () => {
  accounts = await startAccounts();
  ada = await accounts.register();
});
afterAll(() => accounts.close());

describe('GET /v1/accounts/:accountId/statement', () => {
  it('returns the statement as CSV and as PDF', async () => {
    const id = await openAccount(ada, { balance: 1_000 });
    await ada.post(`/v1/accounts/${id}/deposits`).set('Idempotency-Key', freshKey()).send({ amount: 234 });
    const csv = await ada.get(`/v1/accounts/${id}/statement?format=csv`);
    expect([csv.status, csv.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(csv.headers['content-disposition']).toMatch(
      /^attachment; filename=statement-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/,
    );
    expect(csv.text).toContain('12.34');
    const pdf = await ada.get(`/v1/accounts/${id}/statement?format=pdf`).buffer(true);
    expect([pdf.status, pdf.headers['content-type']]).toEqual([200, 'application/pdf']);
    expect((pdf.body as Buffer).subarray(0, 5).toString()).toBe('%PDF-');
  });

  it('is empty for a period before the account was opened', async () => {
    const id = await openAccount(ada, { balance: 1_000 });
    const csv = await ada.get(
      `/v1/accounts/${id}/statement?format=csv&from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z`,
    );
    expect(csv.text).not.toContain('10.00');
  });

  it.each([
    'format=doc',
    '',
    'format=csv&from=tomorrow',
    'format=csv&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
  ])('refuses ?%s', async (query) => {
    expect((await ada.get(`/v1/accounts/${await openAccount(ada)}/statement?${query}`)).status).toBe(400);
  });

  it('responds with 404 for the account of another user', async () => {
    const id = await openAccount(await accounts.register(), { balance: 5 });
    expect((await ada.get(`/v1/accounts/${id}/statement?format=csv`)).status).toBe(404);
  });
});
