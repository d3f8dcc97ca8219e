import { replayEvents } from '@mainstay/outbox';

await replayEvents({ service: 'accounts', isFirst: true });
