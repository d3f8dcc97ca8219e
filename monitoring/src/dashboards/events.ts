export const events = `
Mainstay: ledger & events
Transfers, and their events from the outbox to MongoDB and the live feeds.

# Now
stat Outbox lag | unit=s red>60
  Age of the oldest event that is not in Redis yet.
  Outbox lag = max(outbox_lag_seconds{})
stat Outbox | unit=short red>10000
  Events that are not in Redis yet. 100,000 means 100,000 or more.
  Outbox = max(outbox_pending_events{})
stat Stream | unit=short red>10000
  Events in Redis that are not in MongoDB yet.
  Stream = max(event_stream_length{})
stat Dead letters | unit=short red>1
  Events that MongoDB refuses permanently. List them: npm run dead-letters -- list.
  Dead letters = max(event_dead_letters{})
stat Who stores | unit=short red>2
  Processes that store events. The number must be one.
  Who stores = sum(event_consumer_active{})
stat Live feeds | unit=short
  Live feeds that are open now.
  Live feeds = sum(live_feeds{})

# Ledger
timeseries Transfers and deposits | unit=ops
  posted, replayed (a repeated idempotency key), or the error code of a refusal. internal is a bug.
  {{kind}} {{outcome}} = sum by (kind, outcome) (rate(ledger_postings_total{}))
timeseries Money moved | unit=short
  In minor units of each currency, per second.
  {{kind}} {{currency}} = sum by (kind, currency) (rate(ledger_posted_minor_units_total{}))
// fork:remove statements
timeseries Statements | unit=short
  Statements that a worker thread renders, and statements that wait for a thread.
  {{state}} = sum by (state) (statement_jobs{})
// end of fork:remove statements

# From the outbox to the store
timeseries Freshness | unit=s orange>5
  Time from an event until users can read it. The objective is 5 s for 99 %.
  50 % = histogram_quantile(0.5, sum by (le) (rate(event_store_lag_seconds_bucket{})))
  99 % = histogram_quantile(0.99, sum by (le) (rate(event_store_lag_seconds_bucket{})))
timeseries Relayed and consumed | unit=ops
  relayed: events that left the outbox. The other lines are results of activity. duplicate: MongoDB already had the event. dead_lettered: see the runbook.
  relayed = sum(rate(outbox_relayed_total{})) or vector(0)
  {{outcome}} = sum by (outcome) (rate(events_consumed_total{}))
timeseries Consumed by type | unit=ops
  unknown: an event type of a service that is newer than activity.
  {{type}} = sum by (type) (rate(events_consumed_total{}))
timeseries Lag of the stream | unit=s orange>5 red>60
  Time for which the oldest event has waited in Redis.
  lag {{namespace}} = max by (namespace) (event_stream_lag_seconds{})
`;
