import './account.css';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { accountQuery, depositsServedQuery, type Account } from '../../api/queries.js';
import { PageTitle } from '../../app/page-title.js';
import { Button, ButtonLink } from '../../design/button.js';
import { CopyButton } from '../../design/copy-button.js';
import { Icon } from '../../design/icon.js';
import { Money } from '../../design/money.js';
import { Loading, QueryGate } from '../../design/states.js';
import { useReader } from '../../strings/language.js';
import { DepositDialog } from './deposit-dialog.js';
import { EntryList } from './entry-list.js';
import { StatementDialog } from './statement-dialog.js'; // fork:remove statements

const route = getRouteApi('/signed-in/accounts/$accountId');

export function AccountPage() {
  const { accountId } = route.useParams();
  const account = useQuery(accountQuery(accountId));
  return (
    <QueryGate query={account} loading={<Loading block />}>
      {account.data && <AccountView key={accountId} account={account.data} />}
    </QueryGate>
  );
}

function AccountView({ account }: { account: Account }) {
  const { strings } = useReader();
  const { data: areDepositsServed = false } = useQuery(depositsServedQuery);
  const [dialog, setDialog] = useState<'deposit' | 'statement'>();
  const close = () => setDialog(undefined);
  return (
    <>
      <section className="account" aria-label={account.name}>
        <div className="account__head">
          <div>
            <Link to="/" className="account__back">
              <Icon name="back" />
              {strings.nav.overview}
            </Link>
            <PageTitle>{account.name}</PageTitle>
            <p className="account__balance">
              <span className="visually-hidden">{strings.account.balance} </span>
              <Money amount={account.balance} currency={account.currency} />
            </p>
          </div>
          <div className="account__actions">
            <ButtonLink to="/transfer" search={{ from: account.id }} look="hull">
              <Icon name="transfer" />
              {strings.account.transfer}
            </ButtonLink>
            {areDepositsServed && (
              <Button className="account__button" onClick={() => setDialog('deposit')}>
                <Icon name="plus" />
                {strings.account.addMoney}
              </Button>
            )}
            {/* fork:remove statements */}
            <Button className="account__button" onClick={() => setDialog('statement')}>
              <Icon name="down" />
              {strings.account.statement}
            </Button>
            {/* end of fork:remove statements */}
          </div>
        </div>
        <div className="account__id">
          <div>
            <p className="account__label">{strings.account.id}</p>
            <p className="mono">{account.id}</p>
          </div>
          <CopyButton text={account.id} label={strings.account.copyId} />
          <p className="account__label account__hint">{strings.account.idHint}</p>
        </div>
      </section>
      <section className="card" aria-labelledby="entries">
        <div className="card__head">
          <h2 id="entries">{strings.account.entries}</h2>
        </div>
        <EntryList account={account} />
      </section>
      {dialog === 'deposit' && <DepositDialog account={account} onClose={close} />}
      {/* fork:remove statements */}
      {dialog === 'statement' && <StatementDialog account={account} onClose={close} />}
      {/* end of fork:remove statements */}
    </>
  );
}
