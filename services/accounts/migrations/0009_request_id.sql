-- The id of the request that caused the event. It finds the log lines of that request in all services. It is NULL in
-- rows that an earlier release wrote.
ALTER TABLE outbox ADD COLUMN request_id text;
