import { guardOperations } from '@mainstay/mongo';
import { Schema, type Connection } from 'mongoose';
import type { Item, Items } from '../domain/item.js';

interface ItemDocument {
  /** The user and the item, so that users choose their ids freely. It is also the order of a list. */
  _id: string;
  name: string;
}

const itemSchema = new Schema<ItemDocument>(
  { _id: String, name: String },
  { collection: 'items', versionKey: false, id: false },
);

/** Acknowledged writes survive the loss of a server and of its power. */
const writeConcern = { w: 'majority', journal: true } as const;

/** Items on MongoDB. No operation takes the server longer than `timeoutMs`. Lists need no other index than that of `_id`. */
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
      // A semicolon follows the colon, so the range ends after the last id of the user.
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
