export const events = `
Mainstay: ledger & events
Transfers, and their way from the outbox to MongoDB and the live feeds.

# Now
stat Outbox lag | unit=s red>60
  Age of the oldest event that is not in Redis yet.
  Outbox lag = max(outbox_lag_seconds{})
stat Outbox | unit=short red>10000
  Events that are not in Redis yet; 100,000 stands for that many or more.
  Outbox = max(outbox_pending_events{})
stat Stream | unit=short red>10000
  Events in Redis that are not in MongoDB yet.
  Stream = max(event_stream_length{})
stat Dead letters | unit=short red>1
  Events in the dead letters: npm run dead-letters -- list.
  Dead letters = max(event_dead_letters{})
stat Who stores | unit=short red>2
  Processes that store events: one.
  Who stores = sum(event_consumer_active{})
stat Live feeds | unit=short
  Open now.
  Live feeds = sum(live_feeds{})

# Ledger
timeseries Transfers and deposits | unit=ops
  posted, replayed (a repeated key), or the code of the refusal. internal is a bug.
  {{kind}} {{outcome}} = sum by (kind, outcome) (rate(ledger_postings_total{}))
timeseries Money moved | unit=short
  In minor units of each currency, per second.
  {{kind}} {{currency}} = sum by (kind, currency) (rate(ledger_posted_minor_units_total{}))
// feature: statements
timeseries Statements | unit=short
  On a worker thread, and waiting for one.
  {{state}} = sum by (state) (statement_jobs{})
// end feature: statements

# From the outbox to the store
timeseries Freshness | unit=s orange>5
  From an event’s time until it can be read. The objective is 5 s for 99 %.
  50 % = histogram_quantile(0.5, sum by (le) (rate(event_store_lag_seconds_bucket{})))
  99 % = histogram_quantile(0.99, sum by (le) (rate(event_store_lag_seconds_bucket{})))
timeseries Relayed and consumed | unit=ops
  From the outbox, and by activity. duplicate: sent again and known already. dead_lettered: see the runbook.
  relayed = sum(rate(outbox_relayed_total{})) or vector(0)
  {{outcome}} = sum by (outcome) (rate(events_consumed_total{}))
timeseries Consumed by type | unit=ops
  unknown: from a producer that is newer than activity.
  {{type}} = sum by (type) (rate(events_consumed_total{}))
timeseries Lag of the stream | unit=s orange>5 red>60
  How long its oldest event waits to be stored.
  lag {{namespace}} = max by (namespace) (event_stream_lag_seconds{})
`;
