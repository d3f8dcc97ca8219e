-- The request that caused an event, so that one id leads through the log lines of all services. Rows of an earlier
-- release have none.
ALTER TABLE outbox ADD COLUMN request_id text;
