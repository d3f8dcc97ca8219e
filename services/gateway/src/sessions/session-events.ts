import { createEvent, type EventStream } from '@mainstay/events';
import { currentContext, type Log } from '@mainstay/logging';

/**
 * Sends events about sessions directly to the event stream. An outbox would be in the same Redis as the stream, so it
 * would not protect the events if Redis loses its data. If an event cannot be sent, the gateway logs the event. The
 * request does not fail, because the session has already changed.
 */
export interface SessionEvents {
  signedOut(session: { userId: string; id: string }): Promise<void>;
  revoked(session: { userId: string; id: string }): Promise<void>;
}

export function createSessionEvents({ stream, log }: { stream: EventStream; log: Log }): SessionEvents {
  async function tell(type: 'user.signed_out' | 'session.revoked', userId: string, sessionId: string): Promise<void> {
    const { traceparent, requestId } = currentContext() ?? {};
    try {
      await stream.appendEvent(
        createEvent({ type, subjects: [userId], source: 'gateway', data: { sessionId }, traceparent, requestId }),
      );
    } catch (error) {
      log.warn('an event could not be sent', { type, sessionId, error });
    }
  }
  return {
    signedOut: ({ userId, id }) => tell('user.signed_out', userId, id),
    revoked: ({ userId, id }) => tell('session.revoked', userId, id),
  };
}
