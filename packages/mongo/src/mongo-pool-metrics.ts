import type { Metrics } from '@mainstay/metrics';
import type { mongo } from 'mongoose';

/**
 * Measures the driver's connection pool: the open connections, the used connections, the waiting operations, and the
 * wait times.
 */
export function observePool(client: mongo.MongoClient, metrics: Metrics): void {
  const connections = metrics.gauge({
    name: 'mongo_pool_connections',
    help: 'Connections to MongoDB: open, and in use.',
    labelNames: ['state'],
  });
  const waiting = metrics.gauge({ name: 'mongo_pool_waiting', help: 'Operations that wait for a connection.' });
  const waits = metrics.histogram({
    name: 'mongo_pool_wait_seconds',
    help: 'Time until an operation had a connection of the pool, or was refused.',
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  // The driver opens some connections before this code listens to the driver's events. So store connection ids instead
  // of a count: a missed connection is added when an operation uses the connection.
  const open = new Set<number>();
  const inUse = new Set<number>();
  let waiters = 0;
  const stopWaiting = () => (waiters = Math.max(0, waiters - 1));
  client.on('connectionCreated', ({ connectionId }) => open.add(Number(connectionId)));
  client.on('connectionClosed', ({ connectionId }) => {
    open.delete(Number(connectionId));
    inUse.delete(Number(connectionId));
  });
  client.on('connectionCheckOutStarted', () => (waiters += 1));
  client.on('connectionCheckOutFailed', ({ durationMS }) => {
    stopWaiting();
    waits.observe(durationMS / 1_000);
  });
  client.on('connectionCheckedOut', ({ connectionId, durationMS }) => {
    stopWaiting();
    waits.observe(durationMS / 1_000);
    open.add(Number(connectionId));
    inUse.add(Number(connectionId));
  });
  client.on('connectionCheckedIn', ({ connectionId }) => inUse.delete(Number(connectionId)));
  connections.observe({ state: 'open' }, () => open.size);
  connections.observe({ state: 'in_use' }, () => inUse.size);
  waiting.observe({}, () => waiters);
}
