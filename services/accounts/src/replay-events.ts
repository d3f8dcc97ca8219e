import { replayEvents } from '@mainstay/outbox';

await replayEvents('accounts');
