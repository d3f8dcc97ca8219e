-- The id of the request that caused the event. The log lines of all services contain this id. It is NULL in rows that
-- an earlier release wrote.
ALTER TABLE outbox ADD COLUMN request_id text;
