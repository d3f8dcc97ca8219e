-- The first success of a keyed request, which a repeated request gets again byte for byte. Written in the transaction
-- of its effect.
CREATE TABLE idempotency_keys (
  owner_id    uuid NOT NULL,
  route       text NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL, -- SHA-256 of the request; a different request under the same key is refused
  status      smallint NOT NULL,
  location    text NOT NULL,
  body        text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
