import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestMongo, type TestMongo } from '@mainstay/platform/testing';
import mongoose, { mongo, Schema, type Connection } from 'mongoose';
import { guardOperations } from '../src/index.js';

const schema = new Schema({ _id: String, name: String }, { autoCreate: false, autoIndex: false });
const itemsOf = (connection: Connection) => connection.model('Item', schema);

let store: TestMongo;
let connection: Connection;
let items: ReturnType<typeof itemsOf>;
beforeAll(async () => {
  store = await createTestMongo();
  connection = mongoose.createConnection(store.url, { bufferCommands: false });
  await connection.asPromise();
  items = itemsOf(connection);
  await items.collection.insertOne({ _id: 'taken' } as object);
});
afterAll(async () => {
  await connection.close();
  await store.drop();
});

describe('a mistake of the caller', () => {
  it.each([
    ['a duplicate key', () => items.collection.insertOne({ _id: 'taken' } as object), { code: 11_000 }],
    [
      'a duplicate key in a batch',
      () => items.collection.insertMany([{ _id: 'taken' } as object], { ordered: false }),
      { code: 11_000 },
    ],
    [
      'a call that the driver refuses',
      () => items.collection.updateOne({}, { name: 'Tea' }),
      { name: 'MongoInvalidArgumentError' },
    ],
    ['a call that mongoose refuses', () => items.aggregate([]).exec(), { message: 'Aggregate has empty pipeline' }],
  ])('is not an outage: %s', async (_mistake, operation: () => Promise<unknown>, error) => {
    const operate = guardOperations();
    await expect(operate(operation)).rejects.toMatchObject(error);
    expect(await operate(() => items.countDocuments().exec())).toBe(1);
  });

  it.each([22, 28, 53, 54, 55, 56, 57, 66, 121, 171, 10_334])(
    'is not an outage: code %i of MongoDB, for an invalid document',
    async (code) => {
      const invalid = new mongo.MongoServerError({ message: 'invalid', code });
      await expect(guardOperations()(() => Promise.reject(invalid))).rejects.toBe(invalid);
    },
  );
});

describe('a connection that is not open', () => {
  const closed = async (isForced: boolean) => {
    const other = await mongoose.createConnection(store.url, { bufferCommands: false }).asPromise();
    const model = itemsOf(other);
    await other.close(isForced);
    return model;
  };
  const neverOpened = () => {
    const other = mongoose.createConnection();
    other.set('bufferCommands', false);
    return itemsOf(other);
  };

  it.each([
    ['it was closed', () => closed(false)],
    ['it was closed by force', () => closed(true)],
    ['it was never opened', () => Promise.resolve(neverOpened())],
  ])('is an outage: %s', async (_case, open) => {
    const unopened = await open();
    const operate = guardOperations();
    const refused = { code: 'unavailable' };
    await expect(operate(() => unopened.findById('taken').exec())).rejects.toMatchObject(refused);
    await expect(operate(() => Promise.resolve())).rejects.toMatchObject(refused);
  });
});
