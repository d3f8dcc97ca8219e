import { entrance } from '@mainstay/platform/services';

const gateway = `service="${entrance}"`;

export const edge = `
Mainstay: edge & gateway
The callers’ view: limits, breakers, the services behind the gateway.

# Callers
timeseries Requests by route | unit=reqps
  unmatched: an unknown path, or the web interface.
  {{method}} {{route}} = topk(10, sum by (method, route) (rate(http_request_duration_seconds_count{${gateway}})))
timeseries Replies by class | unit=reqps
  aborted: the client left before any reply.
  {{status_class}} = sum by (status_class) (rate(http_request_duration_seconds_count{${gateway}}))
timeseries Latency at the gateway | unit=s orange>0.3
  Without live feeds and documents. The objective is 300 ms for 99 %.
  50 % = histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{${gateway},$hurried})))
  90 % = histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket{${gateway},$hurried})))
  99 % = histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{${gateway},$hurried})))
timeseries Sign-in and registration, 99 % | unit=s
  Password hashing is slow on purpose: about 15 ms of CPU.
  {{route}} = histogram_quantile(0.99,
    sum by (route, le) (rate(http_request_duration_seconds_bucket{${gateway},method="POST",route=~"/v1/(session|users)"})))
timeseries Password hashes, 99 % | unit=s
  At accounts, with the wait for one of the threads.
  {{service}} = histogram_quantile(0.99, sum by (service, le) (rate(password_hash_duration_seconds_bucket{})))
timeseries Redis, for sessions and limits | unit=none
  1 while ready. At 0 requests with a session cookie get 503.
  {{instance}} {{role}} = min by (instance, role) (redis_connection_up{${gateway}})
timeseries In progress | unit=short
  Requests being served now.
  {{instance}} = sum by (instance) (http_requests_in_flight{${gateway}})

# Turned away
timeseries Refused: too many requests | unit=reqps
  429, by limit: anonymous, signed_in, logins, password_checks.
  {{limiter}} = sum by (limiter) (rate(rate_limit_refusals_total{}))
timeseries Refused: overload | unit=reqps orange>0.1
  Before any work was done, by service.
  {{part}} = sum by (part) (rate(overload_refusals_total{})) or vector(0)
timeseries Overload limit and use | unit=short
  The overload guard’s limit of concurrent requests for each service, and their number.
  limit {{part}} = sum by (part) (overload_limit{})
  under way {{part}} = sum by (part) (overload_under_way{})
timeseries Refused: a service is down or busy | unit=reqps orange>0.1
  Without an attempt: its breaker was open, or all its places were taken.
  {{upstream}} {{reason}} = sum by (upstream, reason) (rate(upstream_refusals_total{})) or vector(0)

# Services behind it
timeseries Attempts, 99 % | unit=s
  Until the head of a service’s reply, measured at the gateway.
  {{upstream}} = histogram_quantile(0.99, sum by (upstream, le) (rate(upstream_request_duration_seconds_bucket{})))
timeseries Attempts by outcome | unit=reqps
  The class of the reply, connection_failed, deadline_exceeded, or abandoned: the client left.
  {{upstream}} {{outcome}} = sum by (upstream, outcome) (rate(upstream_request_duration_seconds_count{}))
timeseries Sent a second time | unit=reqps
  After a failed connection, a 502 or a 503: never more than once.
  {{upstream}} = sum by (upstream) (rate(upstream_retries_total{}))
timeseries Breakers | unit=none orange>1 red>2
  0 closed, 1 half-open, 2 open: the best among a service’s addresses, at the worst worker.
  {{upstream}} = max by (upstream) (upstream_breaker_state{})
timeseries Addresses | unit=none
  Addresses of a service’s name.
  {{upstream}} = max by (upstream) (upstream_replicas{})
timeseries Requests to services | unit=short
  In progress, and waiting for a place.
  under way {{upstream}} = sum by (upstream) (upstream_requests_under_way{})
  waiting {{upstream}} = sum by (upstream) (upstream_requests_waiting{})
timeseries Latency of the services, 99 % | unit=s
  Measured at the services. The rest is the gateway and the network.
  {{service}} = histogram_quantile(0.99,
    sum by (service, le) (rate(http_request_duration_seconds_bucket{service!="${entrance}",$hurried})))
`;
