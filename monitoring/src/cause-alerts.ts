import { serviceOf } from '@mainstay/platform/services';
import { services } from './objectives.ts';
import {
  dayS,
  hourS,
  minuteS,
  runbookOf,
  type AlertingRule,
  type Pace,
  type RuleGroup,
  type Severity,
} from './rule.ts';

const MEBIBYTE = 1024 * 1024;

const ours = `service=~"${services.join('|')}"`;

interface Cause {
  alert: string;
  severity: Severity;
  expr: string;
  /** Seconds for which the condition must hold. */
  forS?: number;
  summary: string;
  description: string;
}

/** The few causes that need an operator before an objective breaks, or that no objective notices. */
export function causeGroups(pace: Pace): RuleGroup[] {
  const groups = {
    'mainstay-targets': targetCauses(),
    'mainstay-processes': [...processCauses(), logCause(pace), signInCause(pace), clockCause(pace)],
    'mainstay-events': eventCauses(pace),
    'mainstay-machines': machineCauses(),
  };
  return Object.entries(groups).map(([name, causes]) => ({
    name,
    interval: pace.text(30),
    rules: causes.map((cause) => alertOf(cause, pace)),
  }));
}

function alertOf({ alert, severity, expr, forS, summary, description }: Cause, pace: Pace): AlertingRule {
  return {
    alert,
    expr,
    ...(forS === undefined ? {} : { for: pace.text(forS) }),
    labels: { severity },
    annotations: { summary, description, runbook: runbookOf(alert) },
  };
}

function targetCauses(): Cause[] {
  return [
    {
      alert: 'MainstayNoData',
      severity: 'page',
      // Without data no objective can be measured. `absent` loses the label of the service.
      expr: services
        .map((name) => `label_replace(absent(up{service="${name}"} == 1), "service", "${name}", "", "")`)
        .join('\nor\n'),
      forS: 2 * minuteS,
      summary: 'No instance of {{ $labels.service }} answers Prometheus',
      description: 'All instances are down, or Prometheus cannot find them.',
    },
    {
      alert: 'MainstayTargetDown',
      severity: 'ticket',
      expr: `up{${ours}} == 0`,
      forS: 3 * minuteS,
      summary: '{{ $labels.service }} at {{ $labels.instance }} does not answer',
      description: 'Its management port returns no metrics: the process is down, frozen or cut off.',
    },
  ];
}

function processCauses(): Cause[] {
  // The smallest memory limit of the manifests; an overlay may set a higher one.
  const nearLimit = services.map(
    (name) =>
      `max by (namespace, service) (process_resident_memory_bytes{service="${name}"}) / ${serviceOf(name).memoryMi * MEBIBYTE}`,
  );
  return [
    {
      alert: 'MainstayEventLoopSlow',
      severity: 'ticket',
      expr: `max by (namespace, service) (nodejs_eventloop_lag_p99_seconds{${ours}}) > 0.1`,
      forS: 5 * minuteS,
      summary: 'The event loop of {{ $labels.service }} is late',
      description:
        'One turn in a hundred is delayed by {{ $value | humanizeDuration }}: too little CPU, or blocking work.',
    },
    {
      alert: 'MainstayPoolExhausted',
      severity: 'ticket',
      expr: `sum by (namespace, service) (pg_pool_connections{state="waiting"} or mongo_pool_waiting) > 0`,
      forS: 2 * minuteS,
      summary: 'Requests of {{ $labels.service }} wait for a connection to its store',
      description: '{{ $value }} wait: the store is slow, something holds its locks, or the pool is too small.',
    },
    {
      alert: 'MainstayMemoryHigh',
      severity: 'ticket',
      expr: `(${nearLimit.join('\nor\n')}) > 0.9`,
      forS: 10 * minuteS,
      summary: '{{ $labels.service }} is about to exceed its memory',
      description:
        'A process uses {{ $value | humanizePercentage }} of its container’s limit; beyond the limit it is killed.',
    },
  ];
}

function logCause(pace: Pace): Cause {
  return {
    alert: 'MainstayLogsDropped',
    severity: 'ticket',
    expr: `sum by (namespace, service) (increase(logs_dropped_total[${pace.text(10 * minuteS)}])) > 0`,
    summary: '{{ $labels.service }} drops log lines instead of shipping them',
    description: 'About {{ $value | humanize }} in ten minutes. stdout has all lines.',
  };
}

/**
 * Alert above a hundred failures in ten minutes, which is more than typing errors on a small platform, and above five failures for each success on a
 * large one.
 */
const failedSignInsMin = 100;
const failuresPerSuccess = 5;

function signInCause(pace: Pace): Cause {
  const count = (outcomes: string) =>
    `sum by (namespace) (increase(security_events_total{event="sign_in",outcome=~"${outcomes}"}[${pace.text(10 * minuteS)}]))`;
  return {
    alert: 'MainstaySignInSpray',
    severity: 'ticket',
    expr: `${count('failed|refused')} > ${failedSignInsMin} and ${count('failed|refused')} > ${failuresPerSuccess} * ${count('succeeded')}`,
    summary: 'Many sign-ins fail: passwords are being guessed',
    description:
      'About {{ $value | humanize }} sign-ins failed or were refused in ten minutes, many more than succeeded. The limits hold; check the addresses.',
  };
}

function clockCause(pace: Pace): Cause {
  return {
    alert: 'MainstayClocksDiffer',
    severity: 'page',
    expr: `sum by (namespace, upstream) (increase(upstream_identity_refusals_total{reason="clock"}[${pace.text(5 * minuteS)}])) > 0`,
    forS: minuteS,
    summary: 'The clocks of the gateway and of {{ $labels.upstream }} differ',
    description:
      'By more than 30 s: requests get 503 until the clocks are set. The log of the gateway says by how much.',
  };
}

function eventCauses(pace: Pace): Cause[] {
  return [
    {
      alert: 'MainstayRelayStuck',
      severity: 'page',
      // An event that never arrives is in no histogram, so the freshness objective would break too late.
      expr: `max by (namespace) (outbox_lag_seconds) > ${pace.seconds(minuteS)}`,
      forS: 2 * minuteS,
      summary: 'Events do not leave PostgreSQL',
      description:
        'The oldest one has waited for {{ $value | humanizeDuration }}. None is lost, but activity and live feeds show nothing new.',
    },
    {
      alert: 'MainstayEventsNotStored',
      severity: 'page',
      expr: `max by (namespace) (event_stream_length) > 0 unless sum by (namespace) (rate(events_consumed_total[${pace.text(5 * minuteS)}])) > 0`,
      forS: 2 * minuteS,
      summary: 'Events do not reach MongoDB',
      description:
        '{{ $value }} wait in Redis and none is stored. None is lost, but activity and live feeds show nothing new.',
    },
    {
      alert: 'MainstayDeadLetters',
      severity: 'ticket',
      expr: 'max by (namespace) (event_dead_letters) > 0',
      summary: '{{ $value }} events are in the dead letters',
      description: 'MongoDB refuses them permanently. Replay or discard them: npm run dead-letters.',
    },
  ];
}

/** Needs exporters whose targets have these labels: one for the machine of the stores, one for the edge's certificate. */
function machineCauses(): Cause[] {
  const disk = `{service="machine",fstype!~"squashfs|iso9660|overlay"}`;
  return [
    {
      alert: 'MainstayDiskFilling',
      severity: 'ticket',
      expr: `node_filesystem_avail_bytes${disk} / node_filesystem_size_bytes${disk} < 0.1`,
      forS: 15 * minuteS,
      summary: '{{ $labels.mountpoint }} of {{ $labels.instance }} is almost full',
      description: '{{ $value | humanizePercentage }} are left. A store without room stops writing.',
    },
    {
      alert: 'MainstayCertificateExpires',
      severity: 'ticket',
      expr: `min by (namespace, instance) (probe_ssl_earliest_cert_expiry{service="edge"}) - time() < ${14 * dayS}`,
      forS: hourS,
      summary: 'The certificate of {{ $labels.instance }} expires soon',
      description: 'In {{ $value | humanizeDuration }} no client can connect any more.',
    },
  ];
}
