-- The relay reads events in (xid, id) order and stops before the oldest open transaction, so it never skips an event
-- that commits late.
CREATE TABLE outbox (
  id          uuid NOT NULL,
  xid         xid8 NOT NULL DEFAULT pg_current_xact_id(),
  type        text NOT NULL,
  version     integer NOT NULL,
  subjects    uuid[] NOT NULL,
  traceparent text,
  data        json NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (created_at);
CREATE INDEX outbox_by_xid ON outbox (xid, id);

CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- Creates the partitions of today and the next 7 days, and drops partitions older than `retention_days`. The function
-- waits at most 250 ms for a lock, because inserts would wait too.
CREATE FUNCTION keep_outbox_partitions(retention_days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '250ms' SET timezone = 'UTC' AS $$
DECLARE
  today     date := now()::date;
  day       date;
  partition text;
BEGIN
  FOR day IN SELECT generate_series(today, today + 7, interval '1 day')::date LOOP
    partition := format('outbox_%s', to_char(day, 'YYYYMMDD'));
    -- Skip a day that already has a partition. Also skip a day that has rows in the default partition, because PostgreSQL
    -- cannot create a partition for such a day.
    CONTINUE WHEN to_regclass(partition) IS NOT NULL
      OR EXISTS (SELECT FROM outbox_default WHERE created_at >= day AND created_at < day + 1);
    EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)', partition, day, day + 1);
  END LOOP;

  FOR partition IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'outbox'::regclass AND c.relname ~ '^outbox_\d{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - retention_days
  LOOP
    EXECUTE format('DROP TABLE %I', partition);
  END LOOP;
  DELETE FROM outbox_default WHERE created_at < today - retention_days;
END $$;

SELECT keep_outbox_partitions(30);
