import { serviceNames } from '@mainstay/platform/services';
import { allowedShare, objectives, type Objective } from '../objectives.ts';

export const platform = `
Mainstay: platform
Objectives, and the traffic, errors, latency and saturation of each service.

# Promises
${objectives.map(budgetOf).join('\n')}
${objectives.map(badShareOf).join('\n')}

# Golden signals
timeseries Requests | unit=reqps
  Requests per second, by service. The gateway’s requests to a service are counted at that service.
  {{service}} = sum by (service) (mainstay:requests:rate5m{})
timeseries Errors | unit=percentunit orange>0.001 red>0.0144
  Share of replies with 5xx, by service. If the gateway and another service fail, the other service is the cause.
  {{service}} = sum by (service) (mainstay:errors:rate5m{}) / sum by (service) (mainstay:requests:rate5m{})
timeseries Latency, 99 % | unit=s orange>0.3
  By service. Live feeds and documents are left out. The objective at the gateway is 300 ms.
  {{service}} = histogram_quantile(0.99, sum by (service, le) (rate(http_request_duration_seconds_bucket{$hurried})))
timeseries Saturation: event loop | unit=percentunit orange>0.7 red>0.9
  Busy share of the busiest process of each service. Near 1 that process is saturated.
  {{service}} = max by (service) (nodejs_eventloop_utilization_ratio{})
timeseries Saturation: processor | unit=short
  Processors used by all processes of a service.
  {{service}} = sum by (service) (rate(process_cpu_seconds_total{service!=""}))
timeseries In progress | unit=short
  Requests being served, and live feeds that are open.
  {{service}} = sum by (service) (http_requests_in_flight{})
  live feeds = sum(live_feeds{})

# What runs
stat Targets that answer | unit=none red orange>0.5 green>1
  Instances of each service that Prometheus reaches.
  {{service}} = sum by (service) (up{service=~"${serviceNames.join('|')}"})
stat Releases | unit=none
  The number of instances, by service and version.
  {{service}} {{version}} = count by (service, version) (service_build_info{})
timeseries Log lines dropped | unit=ops
  Lines that did not reach the log store, by reason. stdout has these lines.
  {{service}} {{reason}} = sum by (service, reason) (rate(logs_dropped_total{})) or vector(0)
`;

function budgetOf({ slo, promise }: Objective): string {
  return `stat Budget left: ${slo} | unit=percentunit red orange>0 green>0.25
  ${promise}.
    The share of a month’s budget of bad events that is left. Below 0 the objective is missed.
  {{namespace}} = mainstay:slo_budget:remaining30d{slo="${slo}"}`;
}

function badShareOf(objective: Objective): string {
  const { slo } = objective;
  return `timeseries Bad share: ${slo} | unit=percentunit orange>${allowedShare(objective)}
  Share of bad events over five minutes, one hour and six hours. The line is the objective.
  5m {{namespace}} = mainstay:slo_bad_events:ratio_rate5m{slo="${slo}"}
  1h {{namespace}} = mainstay:slo_bad_events:ratio_rate1h{slo="${slo}"}
  6h {{namespace}} = mainstay:slo_bad_events:ratio_rate6h{slo="${slo}"}`;
}
