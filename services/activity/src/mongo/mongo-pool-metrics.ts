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
  let [open, inUse, waiters] = [0, 0, 0];
  client.on('connectionCreated', () => (open += 1));
  client.on('connectionClosed', () => (open -= 1));
  client.on('connectionCheckOutStarted', () => (waiters += 1));
  client.on('connectionCheckOutFailed', () => (waiters -= 1));
  client.on('connectionCheckedOut', () => {
    waiters -= 1;
    inUse += 1;
  });
  client.on('connectionCheckedIn', () => (inUse -= 1));
  connections.observe({ state: 'open' }, () => open);
  connections.observe({ state: 'in_use' }, () => inUse);
  waiting.observe({}, () => waiters);
}
