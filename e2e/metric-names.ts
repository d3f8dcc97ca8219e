/**
 * The metrics of the platform, without the metrics of Node.js. Alerts and dashboards of users rely on these names, so
 * note each change in CHANGELOG.md.
 */
export const metricNames: readonly string[] = [
  // every service
  'http_request_duration_seconds',
  'http_requests_in_flight',
  'http_stream_duration_seconds',
  'http_streams_open',
  'redis_connection_up',
  'redis_commands_waiting',
  'redis_wait_seconds',
  'logs_shipped_total',
  'logs_dropped_total',
  'logs_waiting',
  'trace_spans_total',
  'service_build_info',
  'metrics_collect_failures_total',
  'metrics_workers_answered',
  'metrics_workers_unanswered_total',
  'metrics_folder_failures_total',
  // gateway
  'upstream_request_duration_seconds',
  'upstream_retries_total',
  'upstream_refusals_total',
  'upstream_identity_refusals_total',
  'upstream_breaker_state',
  'upstream_replicas',
  'upstream_requests_under_way',
  'upstream_requests_waiting',
  'rate_limit_refusals_total',
  'security_events_total', // every service
  'overload_limit',
  'overload_under_way',
  'overload_refusals_total',
  // accounts
  'ledger_batch_postings',
  'ledger_postings_total',
  'ledger_posted_minor_units_total',
  'outbox_pending_events',
  'outbox_lag_seconds',
  'outbox_relayed_total',
  'pg_pool_connections',
  'pg_pool_wait_seconds',
  'password_hashes_under_way',
  'password_hash_duration_seconds',
  'password_hashes_refused_total',
  'statement_jobs', // fork:remove statements
  'statement_duration_seconds', // fork:remove statements
  // activity
  'event_stream_length',
  'event_stream_lag_seconds',
  'event_store_lag_seconds',
  'events_consumed_total',
  'event_dead_letters',
  'event_consumer_active',
  'live_feeds',
  'mongo_pool_connections',
  'mongo_pool_waiting',
  'mongo_pool_wait_seconds',
];
