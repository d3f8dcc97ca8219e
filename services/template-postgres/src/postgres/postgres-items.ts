import { invalidField } from '@mainstay/errors';
import { createEvent, instantOfId, type EventCause } from '@mainstay/events';
import { keyedWrites, type BatchClient, type Decision } from '@mainstay/keyed-writes';
import { asStoreError, type Query } from '@mainstay/postgres';
import type { Pool, QueryConfig } from 'pg';
import { v7 as newId } from 'uuid';
import { decideItem, nameOf, type ItemOrder, type TakenNames } from '../domain/decide-item.js';
import type { Item, Items } from '../domain/item.js';

export interface PostgresItemsOptions {
  pool: Pool;
  query: Query;
  cause: () => EventCause;
}

type Order = ItemOrder & { cause: EventCause };
type Row = Omit<Item, 'createdAt'> & { createdAt: Date };

const COLUMNS = 'id, name, created_at AS "createdAt"';

/** Items on PostgreSQL. `decideItem` defines the rules, and `keyedWrites` runs the transactions. */
export function createPostgresItems(options: PostgresItemsOptions): Items & { close(): Promise<void> } {
  const { pool, query, cause } = options;
  const domain = { load: loadNames, decide, store: insertItems };
  const writes = keyedWrites<Order, TakenNames, Order>({ pool, domain, toStoreError: asStoreError });
  return {
    add(ownerId, request, { name }) {
      const id = newId();
      const item = { id, name, createdAt: instantOfId(id).toISOString() };
      return writes.submit({ ownerId, ...request, order: { ownerId, item, cause: cause() } });
    },
    async list(ownerId, { afterId, limit }) {
      const rows = await query<Row>({
        name: 'list_items',
        text: `SELECT ${COLUMNS} FROM items WHERE owner_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
        values: [ownerId, afterId, limit],
      });
      return rows.map(itemOf);
    },
    async find(ownerId, id) {
      const rows = await query<Row>({
        name: 'find_item',
        text: `SELECT ${COLUMNS} FROM items WHERE id = $1 AND owner_id = $2`,
        values: [id, ownerId],
      });
      return rows.map(itemOf)[0];
    },
    close: () => writes.close(),
  };
}

function decide(taken: TakenNames, order: Order): Decision<Order> {
  const { ownerId, item, cause } = order;
  if (decideItem(taken, order) === 'name_taken')
    return { isAccepted: false, error: invalidField('name', 'is the name of another item of yours') };
  const data = { itemId: item.id, name: item.name };
  return {
    isAccepted: true,
    effect: order,
    reply: { status: 201, location: `/v1/template/${item.id}`, body: JSON.stringify(item) },
    events: [createEvent({ type: 'template.item_added', subjects: [ownerId], source: 'template', ...cause, data })],
  };
}

/**
 * Locks the users in sorted order, so two batches cannot deadlock. The second statement starts after the locks, so the
 * names are current.
 */
async function loadNames(client: BatchClient, orders: readonly Order[]): Promise<TakenNames> {
  const owners = orders.map(({ ownerId }) => ownerId);
  const [, { rows }] = await Promise.all([
    client.query({
      name: 'lock_owners',
      text: `SELECT pg_advisory_xact_lock(hashtextextended(owner, 1))
             FROM (SELECT DISTINCT owner FROM unnest($1::text[]) AS owner ORDER BY owner OFFSET 0) AS sorted`,
      values: [owners],
    }),
    client.query<{ ownerId: string; name: string }>({
      name: 'read_names',
      text: `SELECT owner_id AS "ownerId", name FROM items
             JOIN unnest($1::uuid[], $2::text[]) AS asked (owner_id, name) USING (owner_id, name)`,
      values: [owners, orders.map(({ item }) => item.name)],
    }),
  ]);
  return new Set(rows.map(({ ownerId, name }) => nameOf(ownerId, name)));
}

function insertItems(orders: readonly Order[]): QueryConfig {
  return {
    name: 'insert_items',
    text: `INSERT INTO items (id, owner_id, name, created_at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[])`,
    values: [
      orders.map(({ item }) => item.id),
      orders.map(({ ownerId }) => ownerId),
      orders.map(({ item }) => item.name),
      orders.map(({ item }) => item.createdAt),
    ],
  };
}

function itemOf({ id, name, createdAt }: Row): Item {
  return { id, name, createdAt: createdAt.toISOString() };
}
