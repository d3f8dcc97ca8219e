-- The response to a request with an idempotency key. A repeated request gets this response, byte for byte.
CREATE TABLE idempotency_keys (
  owner_id    uuid NOT NULL,
  route       text NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL, -- SHA-256 of the request. The service refuses a different request with the same key.
  status      smallint NOT NULL,
  location    text NOT NULL,
  body        text NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
