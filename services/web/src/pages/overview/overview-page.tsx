import './overview.css';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { accountsQuery, sessionQuery } from '../../api/queries.js';
import { PageTitle } from '../../app/page-title.js';
import { Button, ButtonLink } from '../../design/button.js';
import { Icon } from '../../design/icon.js';
import { Empty, Loading, QueryGate } from '../../design/states.js';
import { useReader } from '../../strings/language.js';
import { AccountList } from './account-list.js';
import { LatestActivity } from './latest-activity.js';
import { OpenAccountDialog } from './open-account-dialog.js';
import { Standing } from './standing.js';

export function OverviewPage() {
  const { strings } = useReader();
  const { data: me } = useQuery(sessionQuery);
  const accounts = useQuery(accountsQuery);
  const [isOpening, setOpening] = useState(false);
  const open = () => setOpening(true);
  const name = me?.user.displayName ?? '';
  return (
    <>
      <div className="page__head">
        <PageTitle shown={strings.overview.greeting(name)}>{strings.overview.title}</PageTitle>
        {(accounts.data?.length ?? 0) > 0 && (
          <ButtonLink to="/transfer" look="primary">
            <Icon name="transfer" />
            {strings.overview.pay}
          </ButtonLink>
        )}
      </div>
      <QueryGate query={accounts} loading={<Loading block />}>
        {accounts.data?.length === 0 ? (
          <section className="card">
            <Empty icon="account" title={strings.overview.emptyTitle} text={strings.overview.emptyText}>
              <Button look="primary" onClick={open}>
                {strings.overview.openAccount}
              </Button>
            </Empty>
          </section>
        ) : (
          <>
            <Standing accounts={accounts.data ?? []} />
            <div className="columns">
              <section className="card" aria-labelledby="accounts">
                <div className="card__head">
                  <h2 id="accounts">{strings.overview.accounts}</h2>
                  <Button look="quiet" onClick={open}>
                    <Icon name="plus" />
                    {strings.overview.openAccount}
                  </Button>
                </div>
                <AccountList accounts={accounts.data ?? []} />
              </section>
              <LatestActivity accounts={accounts.data ?? []} />
            </div>
          </>
        )}
      </QueryGate>
      {isOpening && <OpenAccountDialog onClose={() => setOpening(false)} />}
    </>
  );
}
