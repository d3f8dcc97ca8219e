import { guardOperations } from '@mainstay/mongo';
import { Schema, type Connection } from 'mongoose';
import type { Item, Items } from '../domain/item.js';

interface ItemDocument {
  /** User id and item id, because two users can use the same item id. */
  _id: string;
  name: string;
}

const itemSchema = new Schema<ItemDocument>(
  { _id: String, name: String },
  { collection: 'items', versionKey: false, id: false },
);

/** The loss of one server does not lose a confirmed write. */
const writeConcern = { w: 'majority', journal: true } as const;

/** Stores items in MongoDB. The server stops each read after `timeoutMs`. */
export function createMongoItems(connection: Connection, timeoutMs: number): Items {
  const items = connection.model<ItemDocument>('Item', itemSchema);
  const operate = guardOperations({ timeLimitMs: timeoutMs + 500 });
  return {
    async put(ownerId, { id, name }) {
      await operate(() =>
        items.updateOne({ _id: idOf(ownerId, id) }, { $set: { name } }, { upsert: true, writeConcern }).exec(),
      );
    },
    async list(ownerId, { afterId = '', limit }) {
      // The character `;` comes directly after `:`, so the range ends after the user's last item.
      const range = { $gt: idOf(ownerId, afterId), $lt: `${ownerId};` };
      const found = await operate(() =>
        items.find({ _id: range }).sort({ _id: 1 }).limit(limit).maxTimeMS(timeoutMs).lean().exec(),
      );
      return found.map(itemOf);
    },
    async find(ownerId, id) {
      const found = await operate(() => items.findById(idOf(ownerId, id)).maxTimeMS(timeoutMs).lean().exec());
      return found ? itemOf(found) : undefined;
    },
  };
}

const idOf = (ownerId: string, id: string) => `${ownerId}:${id}`;

function itemOf({ _id, name }: ItemDocument): Item {
  return { id: _id.slice(_id.indexOf(':') + 1), name };
}
