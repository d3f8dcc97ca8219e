-- Double entry: every transfer has two entries that sum to zero, and an account's balance is the sum of its entries.

-- An account without an owner is a currency's `world`: the other side of deposits, and the only account that may be
-- negative.
CREATE TABLE accounts (
  id         uuid PRIMARY KEY,
  owner_id   uuid REFERENCES users (id),
  name       text NOT NULL,
  currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  balance    bigint NOT NULL DEFAULT 0,
  sequence   bigint NOT NULL DEFAULT 0, -- of the account's newest entry
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- 2^53 - 1: every balance is exact as a JSON number.
  CONSTRAINT accounts_balance_bounds CHECK (owner_id IS NULL OR balance BETWEEN 0 AND 9007199254740991)
) WITH (fillfactor = 70); -- space on the page for the next version of a busy account's row
CREATE INDEX accounts_by_owner ON accounts (owner_id, id);
CREATE UNIQUE INDEX accounts_one_world_per_currency ON accounts (currency) WHERE owner_id IS NULL;

CREATE TABLE transfers (
  id              uuid PRIMARY KEY,
  from_account_id uuid NOT NULL REFERENCES accounts (id),
  to_account_id   uuid NOT NULL REFERENCES accounts (id),
  amount          bigint NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000),
  currency        text NOT NULL,
  memo            text,
  created_at      timestamptz(3) NOT NULL,
  CHECK (from_account_id <> to_account_id)
);

-- Immutable: the service's role may only insert and read (see src/postgres/migrate.ts).
CREATE TABLE entries (
  id            uuid NOT NULL,
  account_id    uuid NOT NULL REFERENCES accounts (id),
  sequence      bigint NOT NULL, -- 1, 2, 3 … per account, taken under the account's lock: commit order is neither id nor clock order
  transfer_id   uuid NOT NULL REFERENCES transfers (id),
  amount        bigint NOT NULL CHECK (amount <> 0),
  balance_after bigint NOT NULL,
  created_at    timestamptz(3) NOT NULL,
  PRIMARY KEY (account_id, sequence)
);
CREATE INDEX entries_by_transfer ON entries (transfer_id);
