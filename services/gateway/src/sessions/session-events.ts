import { createEvent, type EventStream } from '@mainstay/events';
import { currentContext, type Log } from '@mainstay/logging';

/**
 * Sends session events directly to the stream, without an outbox. A failure is only logged, because the session has
 * already changed.
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
