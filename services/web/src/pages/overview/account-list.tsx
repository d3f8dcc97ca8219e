import { Link } from '@tanstack/react-router';
import type { Account } from '../../api/queries.js';
import { Icon } from '../../design/icon.js';
import { Money } from '../../design/money.js';
import { useReader } from '../../strings/language.js';
import { formatDate } from '../../time/format-time.js';

export function AccountList({ accounts }: { accounts: readonly Account[] }) {
  const { strings, locale } = useReader();
  return (
    <ul className="lines">
      {accounts.map(({ id, name, currency, balance, createdAt }) => (
        <li key={id}>
          <Link to="/accounts/$accountId" params={{ accountId: id }} className="line">
            <span className="line__sign">
              <Icon name="account" />
            </span>
            <span className="line__what">
              <span className="line__title">{name}</span>
              <br />
              <span className="line__more">{strings.account.since(formatDate(createdAt, locale))}</span>
            </span>
            <Money className="line__amount" amount={balance} currency={currency} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
