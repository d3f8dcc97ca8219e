import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { revokeSession } from '../../api/commands.js';
import { sessionsQuery, type Session } from '../../api/queries.js';
import { Button } from '../../design/button.js';
import { Dialog } from '../../design/dialog.js';
import { Icon } from '../../design/icon.js';
import { QueryGate } from '../../design/states.js';
import { useToast } from '../../design/toasts.js';
import { FormFailure } from '../../forms/form-failure.js';
import type { Strings } from '../../strings/en.js';
import { useReader } from '../../strings/language.js';
import { formatDateTime } from '../../time/format-time.js';
import { readUserAgent } from './user-agent.js';

/** Lists the user's sessions. The current session has no button to end it. */
export function SessionList() {
  const { strings } = useReader();
  const sessions = useQuery(sessionsQuery);
  const [ending, setEnding] = useState<Session>();
  const listed = [...(sessions.data ?? [])].sort((one, other) => Number(other.current) - Number(one.current));
  return (
    <section className="card" aria-labelledby="sessions">
      <div className="card__head">
        <h2 id="sessions">{strings.security.sessions}</h2>
      </div>
      <p className="card__text">{strings.security.sessionsText}</p>
      <QueryGate query={sessions}>
        <ul className="lines">
          {listed.map((session) => (
            <SessionLine key={session.id} session={session} onEnd={() => setEnding(session)} />
          ))}
        </ul>
        {listed.length === 1 && <p className="soft small">{strings.security.onlyThis}</p>}
      </QueryGate>
      {ending && <EndDialog session={ending} onClose={() => setEnding(undefined)} />}
    </section>
  );
}

function SessionLine({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { strings, locale } = useReader();
  const device = deviceName(session, strings);
  const { mobile } = readUserAgent(session.userAgent);
  return (
    <li className="line">
      <span className={session.current ? 'line__sign line__sign--in' : 'line__sign'}>
        <Icon name={mobile ? 'phone' : 'device'} />
      </span>
      <div className="line__what">
        <p className="line__title">{device}</p>
        <p className="line__more">
          {[session.ip, strings.security.since(formatDateTime(session.createdAt, locale))].join(' · ')}
        </p>
        {!session.current && (
          <p className="line__more">{strings.security.lastSeen(formatDateTime(session.lastSeenAt, locale))}</p>
        )}
      </div>
      {session.current ? (
        <span className="pill pill--good">{strings.security.current}</span>
      ) : (
        <Button aria-label={strings.security.revokeLabel(device)} onClick={onEnd}>
          {strings.security.revoke}
        </Button>
      )}
    </li>
  );
}

function EndDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const { strings } = useReader();
  const queryClient = useQueryClient();
  const toast = useToast();
  const revocation = useMutation({
    mutationFn: () => revokeSession(session.id),
    onSuccess() {
      toast(strings.security.revoked);
      onClose();
    },
    // If the reply was lost, the session may have ended, so read the list again.
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <Dialog title={strings.security.revokeTitle} onClose={onClose}>
      <p>{strings.security.revokeText(deviceName(session, strings))}</p>
      <FormFailure failure={revocation.error ?? undefined} />
      <div className="dialog__actions">
        <Button onClick={onClose}>{strings.actions.cancel}</Button>
        <Button look="danger" busy={revocation.isPending} onClick={() => revocation.mutate()}>
          {strings.security.revoke}
        </Button>
      </div>
    </Dialog>
  );
}

function deviceName({ userAgent }: Session, { security }: Strings): string {
  const { browser, system } = readUserAgent(userAgent);
  if (browser !== undefined && system !== undefined) return security.on(browser, system);
  return browser ?? system ?? (userAgent.slice(0, 40) || security.unknownDevice);
}
