import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { createTestRedis } from './test-servers.ts';
import { createTestDatabase, createTestMongo } from './test-stores.ts';

describe('createTestDatabase', () => {
  it('makes an owner role that can make tables, and a service role that needs grants', async () => {
    const database = await createTestDatabase();
    const owner = new pg.Client(database.ownerUrl);
    const service = new pg.Client(database.url);
    service.on('error', () => undefined); // drop() breaks this connection
    await Promise.all([owner.connect(), service.connect()]);
    await owner.query('CREATE TABLE money (cents bigint)');
    await expect(service.query('SELECT * FROM money')).rejects.toThrow('permission denied');
    await owner.end();
    await database.drop();
    await service.end();
    await expect(new pg.Client(database.url).connect()).rejects.toThrow();
  });
});

describe('createTestRedis', () => {
  it('starts servers with separate keys and separate pub/sub', async () => {
    const [one, other] = await Promise.all([createTestRedis(), createTestRedis()]);
    const clients = [new Redis(one.url), new Redis(other.url), new Redis(other.url)] as const;
    const [writer, stranger, subscriber] = clients;
    await subscriber.subscribe('news');
    await writer.set('{events}:cursor', '1');
    expect(await writer.publish('news', 'heard by nobody')).toBe(0);
    expect(await stranger.get('{events}:cursor')).toBeNull();
    for (const client of clients) client.disconnect();
    await Promise.all([one.close(), other.close()]);
  });
});

describe('createTestMongo', () => {
  it('makes a database and removes it', async () => {
    const database = await createTestMongo();
    const client = new MongoClient(database.url);
    await client.db().collection('events').insertOne({ type: 'user.registered' });
    await database.drop();
    expect(await client.db().collection('events').countDocuments()).toBe(0);
    await client.close();
  });
});
