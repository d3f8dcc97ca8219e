-- Events, written in the transaction of their cause. The relay reads below the oldest running transaction, by (xid,
-- id): an id alone, or a clock, would skip rows whose transaction commits late.
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

-- Takes the rows of a day whose partition was not made in time, so that an insert never fails because of housekeeping.
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;

-- Makes the partitions of the coming week and drops, as a whole, those that are older than the retention. Runs as the
-- owner, because the service's role may not create tables. Gives up rather than wait for a lock that would block all
-- statements.
CREATE FUNCTION keep_outbox_partitions(retention_days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '250ms' SET timezone = 'UTC' AS $$
DECLARE
  today     date := now()::date;
  day       date;
  partition text;
BEGIN
  FOR day IN SELECT generate_series(today, today + 7, interval '1 day')::date LOOP
    partition := format('outbox_%s', to_char(day, 'YYYYMMDD'));
    -- A partition cannot take a day whose rows are in the default one; that day stays there.
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
