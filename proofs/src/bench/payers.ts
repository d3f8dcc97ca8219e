import { createIdentityIssuer } from '@mainstay/identity';
import type { OwnPlatform } from '../own-platform.ts';
import { v7 } from 'uuid';
import { openCustomer } from '../clients/customer.ts';
import { openHttpClient } from '../clients/http-client.ts';
import { withPostgres } from '../postgres.ts';

/** The payers, and the URL that they send payments to. */
export interface Payers {
  url: string;
  /** `header` identifies the payer. The payer pays from `accountId`. */
  payers: { header: [name: string, value: string]; accountId: string }[];
  /** Accounts that receive 80 % of the transfers. If empty, all accounts receive equal shares. */
  hot: string[];
}

const money = 1_000_000_000;

/** Creates users with money. The returned function makes new identity tokens, because a token is valid for a minute. */
export async function makePayers(platform: OwnPlatform, count: number) {
  const users = Array.from({ length: count }, () => ({ id: v7(), accountId: v7() }));
  const [userIds, accountIds] = [users.map(({ id }) => id), users.map(({ accountId }) => accountId)];
  await withPostgres(platform.stores.postgres.ownerUrl, async (client) => {
    await client.query(
      `INSERT INTO users (id, email, display_name, password_hash) SELECT id, id || '@example.com', 'Payer', 'none' FROM unnest($1::uuid[]) AS id`,
      [userIds],
    );
    const world = `INSERT INTO accounts (id, name, currency) VALUES ($1, 'world', 'EUR') ON CONFLICT DO NOTHING`;
    await client.query(world, [v7()]);
    await client.query(
      `INSERT INTO accounts (id, owner_id, name, currency)
       SELECT id, owner, 'Everyday', 'EUR' FROM unnest($1::uuid[], $2::uuid[]) AS account (id, owner)`,
      [accountIds, userIds],
    );
  });

  const url = `http://127.0.0.1:${platform.settings.ports.accounts.port}`;
  const issuer = createIdentityIssuer({ privateKeys: platform.secrets.IDENTITY_PRIVATE_KEYS });
  const payersNow = () =>
    Promise.all(
      users.map(async ({ id, accountId }) => {
        const token = await issuer.issue({ audience: 'accounts', userId: id });
        return { header: ['mainstay-identity', token] as [string, string], accountId };
      }),
    );
  const { send, close } = openHttpClient({ url });
  for (const { header, accountId } of await payersNow()) {
    const deposit = { body: { amount: money }, key: 'opening balance', headers: Object.fromEntries([header]) };
    const { status, body } = await send({ path: `/v1/accounts/${accountId}/deposits`, ...deposit });
    if (status !== 201) throw new Error(`a deposit was answered with ${status}: ${body.toString()}`);
  }
  close();
  return async ({ hot }: { hot: number }): Promise<Payers> => ({
    url,
    payers: await payersNow(),
    hot: users.slice(0, hot).map(({ accountId }) => accountId),
  });
}

/** Registers users through the gateway and gives each user money. */
export async function signInPayers({ url }: OwnPlatform, count: number): Promise<Payers> {
  const client = openHttpClient({ url });
  const payers: Payers['payers'] = [];
  while (payers.length < count) {
    const customer = await openCustomer(client.send);
    payers.push({ header: ['cookie', customer.cookie()], accountId: customer.accounts[0] });
  }
  client.close();
  return { url, payers, hot: [] };
}
