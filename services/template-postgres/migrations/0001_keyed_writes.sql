-- The tables of @mainstay/keyed-writes and @mainstay/outbox.

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

-- The relay reads events in (xid, id) order and stops before the oldest open transaction, so it never skips an event
-- that commits late.
CREATE TABLE outbox (
  id          uuid NOT NULL,
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  type        text NOT NULL,
  version     integer NOT NULL,
  subjects    uuid[] NOT NULL,
  traceparent text,
  request_id  text,
  data        json NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (created_at);
CREATE INDEX outbox_by_xid ON outbox (xid, id);

CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- Creates the partitions of today and the next 7 days, and drops partitions older than `retention_days`. The names are
-- qualified, so that the function cannot read a caller's temporary table `outbox`.
CREATE FUNCTION public.keep_outbox_partitions(retention_days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '250ms' SET timezone = 'UTC' AS $$
DECLARE
  today     date := pg_catalog.now()::date;
  day       date;
  partition text;
BEGIN
  IF retention_days IS NULL OR retention_days < 1 THEN
    RAISE EXCEPTION 'retention_days must be 1 or more' USING ERRCODE = 'invalid_parameter_value';
  END IF;

  FOR day IN SELECT pg_catalog.generate_series(today, today + 7, interval '1 day')::date LOOP
    partition := pg_catalog.format('outbox_%s', pg_catalog.to_char(day, 'YYYYMMDD'));
    -- Skip a day that already has a partition. Also skip a day that has rows in the default partition, because PostgreSQL
    -- cannot create a partition for such a day.
    CONTINUE WHEN pg_catalog.to_regclass(pg_catalog.format('public.%I', partition)) IS NOT NULL
      OR EXISTS (SELECT FROM public.outbox_default WHERE created_at >= day AND created_at < day + 1);
    EXECUTE pg_catalog.format('CREATE TABLE public.%I PARTITION OF public.outbox FOR VALUES FROM (%L) TO (%L)', partition, day, day + 1);
  END LOOP;

  FOR partition IN
    SELECT c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.outbox'::regclass AND c.relname ~ '^outbox_\d{8}$'
      AND pg_catalog.to_date(pg_catalog.right(c.relname, 8), 'YYYYMMDD') < today - retention_days
  LOOP
    EXECUTE pg_catalog.format('DROP TABLE public.%I', partition);
  END LOOP;
  DELETE FROM public.outbox_default WHERE created_at < today - retention_days;
END $$;

SELECT keep_outbox_partitions(30);
