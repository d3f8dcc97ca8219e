import { serviceNames, serviceOf } from '@mainstay/platform/services';
import { runbookOf, type Alert, type RuleGroup } from './rule.ts';

const MEBIBYTE = 1024 * 1024;

const ours = `service=~"${serviceNames.join('|')}"`;
/** Without data no objective can be measured. `absent` loses the label of the service, so this adds the label again. */
const noData = serviceNames.map(
  (name) => `label_replace(absent(up{service="${name}"} == 1), "service", "${name}", "", "")`,
);
/** The smallest memory limit of the manifests; an overlay may set a higher one. */
const ofLimit = serviceNames.map(
  (name) =>
    `max by (namespace, service) (process_resident_memory_bytes{service="${name}"}) / ${serviceOf(name).memoryMi * MEBIBYTE}`,
);
const signIns = (outcomes: string) =>
  `sum by (namespace) (increase(security_events_total{event="sign_in",outcome=~"${outcomes}"}[10m]))`;
const disk = `{service="machine",fstype!~"squashfs|iso9660|overlay"}`;

/**
 * The few causes that need an operator before an objective breaks, or that no objective notices. The first line of
 * an alert has its name, its severity and the time for which the condition must hold. Then come a summary, a
 * description and PromQL.
 */
const groups = {
  'mainstay-targets': `
MainstayNoData page 2m
  No instance of {{ $labels.service }} answers Prometheus
  All instances are down, or Prometheus cannot find them.
  ${noData.join('\n  or\n  ')}
MainstayTargetDown ticket 3m
  {{ $labels.service }} at {{ $labels.instance }} does not answer
  Its management port returns no metrics: the process is down, frozen or cut off.
  up{${ours}} == 0`,
  'mainstay-processes': `
MainstayEventLoopSlow ticket 5m
  The event loop of {{ $labels.service }} is late
  One turn in a hundred is delayed by {{ $value | humanizeDuration }}: too little CPU, or blocking work.
  max by (namespace, service) (nodejs_eventloop_lag_p99_seconds{${ours}}) > 0.1
MainstayPoolExhausted ticket 2m
  Requests of {{ $labels.service }} wait for a connection to its store
  {{ $value }} wait: the store is slow, something holds its locks, or the pool is too small.
  sum by (namespace, service) (pg_pool_connections{state="waiting"} or mongo_pool_waiting) > 0
MainstayMemoryHigh ticket 10m
  {{ $labels.service }} is about to exceed its memory
  A process uses {{ $value | humanizePercentage }} of its container’s limit; beyond the limit it is killed.
  (${ofLimit.join('\n  or\n  ')}) > 0.9
MainstayLogsDropped ticket
  {{ $labels.service }} drops log lines instead of shipping them
  About {{ $value | humanize }} in ten minutes. stdout has all lines.
  sum by (namespace, service) (increase(logs_dropped_total[10m])) > 0
MainstaySignInSpray ticket
  Many sign-ins fail: passwords are being guessed
  About {{ $value | humanize }} sign-ins failed or were refused in ten minutes, many more than succeeded. The limits hold; check the addresses.
  ${signIns('failed|refused')} > 100 and ${signIns('failed|refused')} > 5 * ${signIns('succeeded')}
MainstayClocksDiffer page 1m
  The clock of {{ $labels.upstream }} differs from that of its caller
  By more than 30 s: requests get 503 until the clocks are set. The caller’s log says by how much.
  sum by (namespace, upstream) (increase(upstream_identity_refusals_total{reason="clock"}[5m])) > 0`,
  'mainstay-events': `
MainstayRelayStuck page 2m
  Events do not leave PostgreSQL
  The oldest one has waited for {{ $value | humanizeDuration }}. None is lost, but lists and live feeds show nothing new.
  max by (namespace) (outbox_lag_seconds) > {60s}
MainstayEventsNotStored page 2m
  Events do not reach MongoDB
  {{ $value }} wait in Redis and none is stored. None is lost, but lists and live feeds show nothing new.
  max by (namespace) (event_stream_length) > 0 unless sum by (namespace) (rate(events_consumed_total[5m])) > 0
MainstayDeadLetters ticket
  {{ $value }} events are in the dead letters
  MongoDB refuses them permanently. Replay or discard them: npm run dead-letters.
  max by (namespace) (event_dead_letters) > 0`,
  // For exporters whose targets have these labels: the machine under the stores, and the edge's certificate.
  'mainstay-machines': `
MainstayDiskFilling ticket 15m
  {{ $labels.mountpoint }} of {{ $labels.instance }} is almost full
  {{ $value | humanizePercentage }} are left. A store without room stops writing.
  node_filesystem_avail_bytes${disk} / node_filesystem_size_bytes${disk} < 0.1
MainstayCertificateExpires ticket 1h
  The certificate of {{ $labels.instance }} expires soon
  In {{ $value | humanizeDuration }} no client can connect any more.
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
