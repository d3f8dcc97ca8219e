import { openStream } from '../api/client.js';
import { steadyNow } from '../time/steady-now.js';
import type { FollowFeed } from './feed-hub.js';
import { followFeed } from './live-feed.js';
import { waitUntil } from './wait-until.js';

/** Follows the activity feed of one session. The gateway refuses the cookie of a different session. */
export function followActivity(sessionId: string): FollowFeed {
  async function open(lastEventId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { body } = await openStream('/v1/activity/live', signal, {
      accept: 'text/event-stream',
      'expected-session': sessionId,
      ...(lastEventId && { 'last-event-id': lastEventId }),
    });
    if (!body) throw new Error('The feed has no body.');
    return body;
  }
  return (ports, signal, lastEventId) => followFeed({ ...ports, open, waitUntil, now: steadyNow }, signal, lastEventId);
}
