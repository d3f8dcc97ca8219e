export const edge = `
Mainstay: edge & gateway
Limits, circuit breakers, and the services behind the gateway. The dashboard of services shows the gateway’s own requests.

# Turned away
timeseries Refused: too many requests | unit=reqps
  Replies with 429, by limit: anonymous, signed_in, logins, password_checks.
  {{limiter}} = sum by (limiter) (rate(rate_limit_refusals_total{}))
timeseries Refused: overload | unit=reqps orange>0.1
  The overload guard refused these requests before any work, by service.
  {{part}} = sum by (part) (rate(overload_refusals_total{})) or vector(0)
timeseries Overload limit and use | unit=short
  The overload guard’s limit of concurrent requests for each service, and the number under way.
  limit {{part}} = sum by (part) (overload_limit{})
  under way {{part}} = sum by (part) (overload_under_way{})
timeseries Refused: a service is down or busy | unit=reqps orange>0.1
  The gateway sent no request: the circuit breaker was open, or too many requests were under way.
  {{upstream}} {{reason}} = sum by (upstream, reason) (rate(upstream_refusals_total{})) or vector(0)

# Services behind it
timeseries Attempts, 99 % | unit=s
  Time until the headers of a service’s reply, measured at the gateway.
  {{upstream}} = histogram_quantile(0.99, sum by (upstream, le) (rate(upstream_request_duration_seconds_bucket{})))
timeseries Attempts by outcome | unit=reqps
  The status class of the reply, connection_failed, deadline_exceeded, or abandoned: the client closed the connection.
  {{upstream}} {{outcome}} = sum by (upstream, outcome) (rate(upstream_request_duration_seconds_count{}))
timeseries Sent a second time | unit=reqps
  Retries after a failed connection, a 502 or a 503. A request is retried at most once.
  {{upstream}} = sum by (upstream) (rate(upstream_retries_total{}))
timeseries Breakers | unit=none orange>1 red>2
  0 closed, 1 half-open, 2 open. A worker reports the best address of a service; the panel shows the worst worker.
  {{upstream}} = max by (upstream) (upstream_breaker_state{})
timeseries Addresses | unit=none
  The number of addresses that the name of a service has.
  {{upstream}} = max by (upstream) (upstream_replicas{})
timeseries Requests to services | unit=short
  Requests under way, and requests that wait because too many are under way.
  under way {{upstream}} = sum by (upstream) (upstream_requests_under_way{})
  waiting {{upstream}} = sum by (upstream) (upstream_requests_waiting{})
timeseries Password hashes, 99 % | unit=s
  Measured at accounts, including the wait for a thread.
  {{service}} = histogram_quantile(0.99, sum by (service, le) (rate(password_hash_duration_seconds_bucket{})))
`;
