-- Qualifies the names in the function of 0004, so that the function cannot read a caller's temporary table `outbox`.
CREATE OR REPLACE FUNCTION public.keep_outbox_partitions(retention_days integer) RETURNS void
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
