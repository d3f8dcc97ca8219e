-- The id of the request that caused the event. NULL in rows of earlier releases.
ALTER TABLE outbox ADD COLUMN request_id text;
