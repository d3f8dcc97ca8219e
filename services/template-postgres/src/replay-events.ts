import { replayEvents } from '@mainstay/outbox';

await replayEvents({ service: 'template' });
