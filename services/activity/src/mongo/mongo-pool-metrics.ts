import type { Metrics } from '@mainstay/metrics';
import type { mongo } from 'mongoose';

/** Gauges of the driver's pool: connections that are open and in use, and who waits for one. */
export function observePool(client: mongo.MongoClient, metrics: Metrics): void {
  const connections = metrics.gauge({
    name: 'mongo_pool_connections',
    help: 'Connections to MongoDB, open and in use.',
    labelNames: ['state'],
  });
  const waiting = metrics.gauge({ name: 'mongo_pool_waiting', help: 'Operations that wait for a connection.' });
  // By id, not by counting up and down: the first connections are made before anybody listens.
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
  client.on('connectionCheckOutFailed', stopWaiting);
  client.on('connectionCheckedOut', ({ connectionId }) => {
    stopWaiting();
    open.add(Number(connectionId));
    inUse.add(Number(connectionId));
  });
  client.on('connectionCheckedIn', ({ connectionId }) => inUse.delete(Number(connectionId)));
  connections.observe({ state: 'open' }, () => open.size);
  connections.observe({ state: 'in_use' }, () => inUse.size);
  waiting.observe({}, () => waiters);
}
