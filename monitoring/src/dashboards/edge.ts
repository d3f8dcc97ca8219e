export const edge = `
Mainstay: edge & gateway
Limits, breakers, the services behind the gateway. Its requests are in the dashboard of services.

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
timeseries Password hashes, 99 % | unit=s
  At accounts, with the wait for one of the threads.
  {{service}} = histogram_quantile(0.99, sum by (service, le) (rate(password_hash_duration_seconds_bucket{})))
`;
