import { serviceNames, serviceOf } from '@mainstay/platform/services';
import { runbookOf, type Alert, type RuleGroup } from './rule.ts';

const MEBIBYTE = 1024 * 1024;

const ours = `service=~"${serviceNames.join('|')}"`;
/** `absent` removes the label `service`, so `label_replace` adds the label again. */
const noData = serviceNames.map(
  (name) => `label_replace(absent(up{service="${name}"} == 1), "service", "${name}", "", "")`,
);
/** The used share of the memory limit. If an overlay sets a higher limit, the computed share is too high. */
const ofLimit = serviceNames.map(
  (name) =>
    `max by (namespace, service) (process_resident_memory_bytes{service="${name}"}) / ${serviceOf(name).memoryMi * MEBIBYTE}`,
);
const signIns = (outcomes: string) =>
  `sum by (namespace) (increase(security_events_total{event="sign_in",outcome=~"${outcomes}"}[10m]))`;
const disk = `{service="machine",fstype!~"squashfs|iso9660|overlay"}`;

/** Each alert has a line with its name, its severity and sometimes `for`, then summary, description and PromQL. */
const groups = {
  'mainstay-targets': `
MainstayNoData page 2m
  Prometheus gets no metrics from {{ $labels.service }}
  All instances are down, or Prometheus cannot find them.
  ${noData.join('\n  or\n  ')}
MainstayTargetDown ticket 3m
  {{ $labels.service }} at {{ $labels.instance }} returns no metrics
  Its management port does not respond: the process is down, frozen or unreachable.
  up{${ours}} == 0`,
  'mainstay-processes': `
MainstayEventLoopSlow ticket 5m
  The event loop of {{ $labels.service }} is slow
  1 % of the loop’s turns are delayed by {{ $value | humanizeDuration }} or more: the process has too little CPU, or code blocks the loop.
  max by (namespace, service) (nodejs_eventloop_lag_p99_seconds{${ours}}) > 0.1
MainstayPoolExhausted ticket 2m
  Requests of {{ $labels.service }} wait for a connection to its database
  {{ $value }} requests wait: the database is slow, a transaction holds locks, or the pool is too small.
  sum by (namespace, service) (pg_pool_connections{state="waiting"} or mongo_pool_waiting) > 0
MainstayMemoryHigh ticket 10m
  {{ $labels.service }} is close to its memory limit
  A process uses {{ $value | humanizePercentage }} of its container’s limit. A process that exceeds the limit is killed.
  (${ofLimit.join('\n  or\n  ')}) > 0.9
MainstayLogsDropped ticket
  {{ $labels.service }} does not send all log lines to the log store
  About {{ $value | humanize }} lines were dropped in ten minutes. stdout has all lines.
  sum by (namespace, service) (increase(logs_dropped_total[10m])) > 0
MainstaySignInSpray ticket
  Many sign-ins fail: an attacker may be guessing passwords
  About {{ $value | humanize }} sign-ins failed or were refused in ten minutes, more than five times the number that succeeded. Rate limits slow the attack. Check the addresses in the gateway’s log.
  ${signIns('failed|refused')} > 100 and ${signIns('failed|refused')} > 5 * ${signIns('succeeded')}
MainstayClocksDiffer page 1m
  The clocks of {{ $labels.upstream }} and its caller differ
  They differ by more than 30 s, so requests get 503 until the clocks are set. The caller’s log has the difference.
  sum by (namespace, upstream) (increase(upstream_identity_refusals_total{reason="clock"}[5m])) > 0`,
  'mainstay-events': `
MainstayRelayStuck page 2m
  Events do not leave PostgreSQL
  The oldest event has waited for {{ $value | humanizeDuration }}. No event is lost, but lists and live feeds show no new events.
  max by (namespace) (outbox_lag_seconds) > {60s}
MainstayEventsNotStored page 2m
  Events do not reach MongoDB
  {{ $value }} events wait in Redis, and MongoDB stores no event. No event is lost, but lists and live feeds show no new events.
  max by (namespace) (event_stream_length) > 0 unless sum by (namespace) (rate(events_consumed_total[5m])) > 0
MainstayDeadLetters ticket
  {{ $value }} events are dead letters
  MongoDB refuses these events permanently. Replay or discard them: npm run dead-letters.
  max by (namespace) (event_dead_letters) > 0`,
  // Two exporters provide these metrics. Disks have the label `service="machine"`, the certificate has `service="edge"`.
  'mainstay-machines': `
MainstayDiskFilling ticket 15m
  {{ $labels.mountpoint }} of {{ $labels.instance }} is almost full
  {{ $value | humanizePercentage }} of the disk is free. A store on a full disk stops writing.
  node_filesystem_avail_bytes${disk} / node_filesystem_size_bytes${disk} < 0.1
MainstayCertificateExpires ticket 1h
  The certificate of {{ $labels.instance }} expires soon
  It expires in {{ $value | humanizeDuration }}. After that, no client can connect.
  min by (namespace, instance) (probe_ssl_earliest_cert_expiry{service="edge"}) - time() < ${14 * 86_400}`,
};

export const causeGroups: RuleGroup[] = Object.entries(groups).map(([name, text]) => ({
  name,
  interval: '30s',
  rules: text
    .trim()
    .split(/\n(?=\S)/)
    .map(alertOf),
}));

function alertOf(text: string): Alert {
  const [head = '', summary = '', description = '', ...query] = text.split('\n').map((line) => line.trim());
  const [alert = '', severity, holds] = head.split(' ');
  return {
    alert,
    expr: query.join('\n'),
    ...(holds && { for: holds }),
    labels: { severity: severity as Alert['labels']['severity'] },
    annotations: { summary, description, runbook: runbookOf(alert) },
  };
}
