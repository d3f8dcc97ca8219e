-- Double entry: every transfer has two entries that sum to zero. The balance of an account is the sum of its entries.

-- An account without an owner is the `world` account of its currency. Deposits come from world accounts, which can have
-- a negative balance.
CREATE TABLE accounts (
  id         uuid PRIMARY KEY,
  owner_id   uuid REFERENCES users (id),
  name       text NOT NULL,
  currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  balance    bigint NOT NULL DEFAULT 0,
  sequence   bigint NOT NULL DEFAULT 0, -- sequence of the account's newest entry
  created_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- The maximum is 2^53 - 1, so that a JSON number represents every balance exactly.
  CONSTRAINT accounts_balance_bounds CHECK (owner_id IS NULL OR balance BETWEEN 0 AND 9007199254740991)
) WITH (fillfactor = 70); -- an update needs free space on the same table page for the new version of the row
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

-- Entries never change: the service's role has no UPDATE permission (src/postgres/schema.ts).
CREATE TABLE entries (
  id            uuid NOT NULL,
  account_id    uuid NOT NULL REFERENCES accounts (id),
  -- 1, 2, 3 … per account. The number is assigned while the account's row is locked, so it follows the order of commits.
  sequence      bigint NOT NULL,
  transfer_id   uuid NOT NULL REFERENCES transfers (id),
  amount        bigint NOT NULL CHECK (amount <> 0),
  balance_after bigint NOT NULL,
  created_at    timestamptz(3) NOT NULL,
  PRIMARY KEY (account_id, sequence)
);
CREATE INDEX entries_by_transfer ON entries (transfer_id);
