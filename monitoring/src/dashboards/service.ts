export const service = `
Mainstay: service
Requests, process and stores of the chosen service.

# Requests
timeseries Latency, 50 and 99 % | unit=s
  Live feeds and documents are left out.
  50 % = histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{service="$service",$hurried})))
  99 % = histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="$service",$hurried})))
timeseries Requests by status | unit=reqps
  aborted: the client closed the connection before any reply.
  {{status_class}} = sum by (status_class) (rate(http_request_duration_seconds_count{service="$service"}))
timeseries Busiest routes | unit=reqps
  By route pattern and not by path.
  {{method}} {{route}} = topk(8,
    sum by (method, route) (rate(http_request_duration_seconds_count{service="$service"})))
timeseries Slowest routes, 99 % | unit=s
  Documents are included.
  {{method}} {{route}} = topk(8, histogram_quantile(0.99,
    sum by (method, route, le) (rate(http_request_duration_seconds_bucket{service="$service"}))))
timeseries Errors by route | unit=percentunit orange>0.001 red>0.01
  Share of replies with 5xx.
  {{route}} = topk(8,
    (sum by (route) (rate(http_request_duration_seconds_count{service="$service",status_class="5xx"}))
    or 0 * sum by (route) (rate(http_request_duration_seconds_count{service="$service"})))
    / sum by (route) (rate(http_request_duration_seconds_count{service="$service"})))
timeseries In progress | unit=short
  Requests being served now, and streams that are open, by instance.
  {{instance}} = sum by (instance) (http_requests_in_flight{service="$service"})
  streams {{instance}} = sum by (instance) (http_streams_open{service="$service"})

# Process
timeseries Event loop: delay | unit=s orange>0.1
  Median and 99th percentile of the delay since the last scrape.
  99 % {{instance}} {{worker}} = nodejs_eventloop_lag_p99_seconds{service="$service"}
  50 % {{instance}} {{worker}} = nodejs_eventloop_lag_p50_seconds{service="$service"}
timeseries Event loop: busy share | unit=percentunit orange>0.7 red>0.9
  Near 1 a process is saturated.
  {{instance}} {{worker}} = nodejs_eventloop_utilization_ratio{service="$service"}
timeseries Garbage collection | unit=percentunit orange>0.05
  Share of the time that garbage collection takes, by kind.
  {{kind}} = sum by (kind) (rate(nodejs_gc_duration_seconds_sum{service="$service"}))
timeseries Processor | unit=short
  Processors used, by instance.
  {{instance}} = sum by (instance) (rate(process_cpu_seconds_total{service="$service"}))
timeseries Memory | unit=bytes
  Resident memory, and the heap in it. If the heap grows for hours, the process has a memory leak.
  resident {{instance}} {{worker}} = process_resident_memory_bytes{service="$service"}
  heap {{instance}} {{worker}} = nodejs_heap_size_used_bytes{service="$service"}
timeseries File descriptors | unit=short
  Open file descriptors, mainly connections.
  {{instance}} {{worker}} = process_open_fds{service="$service"}

# Stores
timeseries Redis connections | unit=none
  1 while connected, by role.
  {{instance}} {{role}} = min by (instance, role) (redis_connection_up{service="$service"})
timeseries Pools | unit=short
  Connections to PostgreSQL and MongoDB by state, and operations that wait for a connection. Empty if the service
    uses neither.
  {{state}} = sum by (state) (pg_pool_connections{service="$service"})
    or sum by (state) (mongo_pool_connections{service="$service"})
    or label_replace(sum(redis_connection_up{service="$service"}), "state", "redis", "", "")
timeseries Waits for a store | unit=s
  Wait for a connection to PostgreSQL or MongoDB (99 %), and the time in which Redis answers a PING.
  PostgreSQL = histogram_quantile(0.99, sum by (le) (rate(pg_pool_wait_seconds_bucket{service="$service"}))) or vector(0)
  MongoDB = histogram_quantile(0.99, sum by (le) (rate(mongo_pool_wait_seconds_bucket{service="$service"}))) or vector(0)
  Redis = max(redis_wait_seconds{service="$service"}) or vector(0)
timeseries Figures that could not be read | unit=ops
  Metrics that a scrape could not read, usually because a store was down.
  {{metric}} = sum by (metric) (rate(metrics_collect_failures_total{service="$service"})) or vector(0)
`;
