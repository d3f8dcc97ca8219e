import './security.css';
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '../../api/queries.js';
import { PageTitle } from '../../app/page-title.js';
import { useReader } from '../../strings/language.js';
import { formatDate } from '../../time/format-time.js';
import { PasswordChange } from './password-change.js';
import { SessionList } from './session-list.js';

export function SecurityPage() {
  const { strings, locale } = useReader();
  const { data } = useQuery(sessionQuery);
  return (
    <>
      <PageTitle>{strings.security.title}</PageTitle>
      <div className="columns">
        <SessionList />
        <div className="stack">
          {data && (
            <section className="card profile" aria-label={strings.security.profile}>
              <span className="profile__initial" aria-hidden="true">
                {[...data.user.displayName][0]?.toLocaleUpperCase(locale)}
              </span>
              <div>
                <p className="line__title">{data.user.displayName}</p>
                <p className="soft">{data.user.email}</p>
                <p className="soft small">{strings.security.memberSince(formatDate(data.user.createdAt, locale))}</p>
              </div>
            </section>
          )}
          <PasswordChange />
        </div>
      </div>
    </>
  );
}
