export { keyedWrites, type KeyedWrites, type KeyedWritesOptions } from './keyed-writes.js';
export type { BatchClient, Decision, KeyedDomain, KeyedWrite, Reply, StoredReply } from './keyed-domain.js';
