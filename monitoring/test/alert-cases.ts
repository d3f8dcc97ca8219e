import { entrance, serviceNames, serviceOf } from '@mainstay/platform/services';
import { counter, gauge, gaugeWithGaps, type Timeline } from './timelines.ts';

/** A scenario in steps of one minute, and the alerts that must fire or be silent in it. */
export interface AlertCase {
  story: string;
  timelines: Timeline[];
  expected: Expectation[];
}

interface Expectation {
  alerts: string[];
  /** Minutes since the start of the scenario. `firingAt` has the same unit. */
  silentAt: number[];
  firingAt: number[];
}

type Objective = 'availability' | 'latency' | 'freshness';
/** Consecutive periods, each with its share of bad events. */
type Shares = { minutes: number; bad: number }[];

const eventsAMinute = 6_000;

const timelinesOf: Record<Objective, (shares: Shares, rate?: number) => Timeline[]> = {
  availability: (shares, rate = eventsAMinute) => {
    const series = (statusClass: string) =>
      `http_request_duration_seconds_count{service="gateway",route="/v1/accounts",status_class="${statusClass}"}`;
    return [
      counter(series('2xx'), ...shares.map(({ minutes, bad }) => ({ minutes, value: rate * (1 - bad) }))),
      counter(series('5xx'), ...shares.map(({ minutes, bad }) => ({ minutes, value: rate * bad }))),
    ];
  },
  latency: (shares, rate) =>
    histogram(
      'http_request_duration_seconds',
      'service="gateway",route="/v1/accounts",status_class="2xx"',
      '0.3',
      shares,
      rate,
    ),
  freshness: (shares, rate) => histogram('event_store_lag_seconds', 'service="activity"', '5', shares, rate),
};

function histogram(name: string, labels: string, bound: string, shares: Shares, rate = eventsAMinute): Timeline[] {
  const good = shares.map(({ minutes, bad }) => ({ minutes, value: rate * (1 - bad) }));
  const all = shares.map(({ minutes }) => ({ minutes, value: rate }));
  return [counter(`${name}_bucket{${labels},le="${bound}"}`, ...good), counter(`${name}_count{${labels}}`, ...all)];
}

const objectives = ['availability', 'latency', 'freshness'] as const;

/** The allowed share of bad events of each objective: 1 − target. */
const allowed: Record<Objective, number> = { availability: 0.001, latency: 0.01, freshness: 0.01 };

const wellBefore = 60;
const faultMinutes = 240;

/** A scenario in which all objectives have bad events at the same time, at `factor` times the allowed share. */
function burnStory(factor: number, minutes: number, after: number): Timeline[] {
  return objectives.flatMap((slo) =>
    timelinesOf[slo]([
      { minutes: wellBefore, bad: 0 },
      { minutes, bad: factor * allowed[slo] },
      { minutes: after, bad: 0 },
    ]),
  );
}

const nameOf = (slo: Objective) => `Mainstay${slo[0]?.toUpperCase()}${slo.slice(1)}`;
const fast = objectives.map((slo) => `${nameOf(slo)}FastBurn`);
const slow = objectives.map((slo) => `${nameOf(slo)}SlowBurn`);

export const burnCases: readonly AlertCase[] = [
  {
    story: 'twenty minutes at 60 times the allowed share',
    timelines: burnStory(60, 20, 50),
    expected: [{ alerts: fast, silentAt: [50, wellBefore + 20 + 40], firingAt: [wellBefore + 18] }],
  },
  {
    story: 'four hours at 8 times the allowed share, which only the window of 6 h detects',
    timelines: burnStory(8, faultMinutes, 50),
    expected: [
      { alerts: fast, silentAt: [wellBefore + 20, wellBefore + faultMinutes + 40], firingAt: [wellBefore + 235] },
    ],
  },
  {
    story: 'four hours at 5 times the allowed share',
    timelines: burnStory(5, faultMinutes, 420),
    expected: [
      { alerts: fast, silentAt: [200, wellBefore + 235, wellBefore + faultMinutes + 10], firingAt: [] },
      { alerts: slow, silentAt: [50, wellBefore + faultMinutes + 410], firingAt: [wellBefore + 235] },
    ],
  },
  {
    story: 'two hours at half the allowed share',
    timelines: burnStory(0.5, 120, 10),
    expected: [{ alerts: [...fast, ...slow], silentAt: [100, 170], firingAt: [] }],
  },
  {
    story: 'five requests an hour, all bad',
    timelines: objectives.flatMap((slo) => timelinesOf[slo]([{ minutes: 110, bad: 1 }], 5 / 60)),
    expected: [{ alerts: [...fast, ...slow], silentAt: [60, 100], firingAt: [] }],
  },
];

/** A gauge with a good value for 30 minutes, a bad value for 30 minutes, and the good value for another 30 minutes. */
const ill = (series: string, well: number, value: number) =>
  gauge(series, { minutes: 30, value: well }, { minutes: 30, value }, { minutes: 30, value: well });

const upOf = (name: string, down?: number) =>
  gaugeWithGaps(
    `up{service="${name}",instance="${name}:3900"}`,
    { minutes: 30, value: 1 },
    { minutes: 30, value: down },
    { minutes: 30, value: 1 },
  );

const othersUp = serviceNames.filter((name) => name !== entrance).map((name) => upOf(name, 1));

const consumed = (value: number) =>
  counter(
    'events_consumed_total{service="activity",type="a",outcome="stored"}',
    { minutes: 30, value: 60 },
    { minutes: 30, value },
    { minutes: 30, value: 60 },
  );

const causeStories: (Omit<AlertCase, 'expected'> & Omit<Expectation, 'alerts'> & { alert: string })[] = [
  {
    alert: 'MainstayNoData',
    story: 'the only gateway is missing from the targets',
    timelines: [upOf(entrance), ...othersUp],
    silentAt: [29, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayNoData',
    story: 'one of two gateways does not answer',
    timelines: [upOf(entrance, 0), gauge('up{service="gateway",instance="b"}', { minutes: 90, value: 1 }), ...othersUp],
    silentAt: [45],
    firingAt: [],
  },
  {
    alert: 'MainstayTargetDown',
    story: 'a gateway does not answer',
    timelines: [upOf('gateway', 0)],
    silentAt: [29, 31, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayEventLoopSlow',
    story: 'the event loop of one of two workers is slow',
    timelines: [
      ill('nodejs_eventloop_lag_p99_seconds{service="accounts",worker="1"}', 0.01, 0.25),
      gauge('nodejs_eventloop_lag_p99_seconds{service="accounts",worker="2"}', { minutes: 90, value: 0.01 }),
    ],
    silentAt: [29, 33, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayPoolExhausted',
    story: 'requests wait for PostgreSQL',
    timelines: [
      ill('pg_pool_connections{service="accounts",state="waiting"}', 0, 7),
      gauge('pg_pool_connections{service="accounts",state="total"}', { minutes: 90, value: 10 }),
    ],
    silentAt: [29, 31, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayPoolExhausted',
    story: 'operations wait for MongoDB',
    timelines: [ill('mongo_pool_waiting{service="activity"}', 0, 1)],
    silentAt: [29, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayMemoryHigh',
    story: 'accounts grows to 95 % of its limit, the gateway to 80 %',
    timelines: [
      ill('process_resident_memory_bytes{service="accounts"}', 2e8, 0.95 * serviceOf('accounts').memoryMi * 2 ** 20),
      ill('process_resident_memory_bytes{service="gateway"}', 2e8, 0.8 * serviceOf('gateway').memoryMi * 2 ** 20),
    ],
    silentAt: [29, 35, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayMemoryHigh',
    story: 'the gateway uses 80 % of its limit',
    timelines: [
      ill('process_resident_memory_bytes{service="gateway"}', 2e8, 0.8 * serviceOf('gateway').memoryMi * 2 ** 20),
    ],
    silentAt: [45],
    firingAt: [],
  },
  {
    alert: 'MainstayLogsDropped',
    story: 'the log store refuses lines for half an hour',
    timelines: [
      counter(
        'logs_dropped_total{service="gateway",reason="refused"}',
        { minutes: 30, value: 0 },
        { minutes: 30, value: 5 },
        { minutes: 30, value: 0 },
      ),
    ],
    silentAt: [29, 75],
    firingAt: [45],
  },
  {
    alert: 'MainstayRelayStuck',
    story: 'the relay is ten minutes behind',
    timelines: [ill('outbox_lag_seconds{service="accounts"}', 0, 600)],
    silentAt: [29, 31, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayRelayStuck',
    story: 'the relay is half a minute behind',
    timelines: [ill('outbox_lag_seconds{service="accounts"}', 0, 30)],
    silentAt: [45],
    firingAt: [],
  },
  {
    alert: 'MainstayEventsNotStored',
    story: 'events wait and none is stored',
    timelines: [ill('event_stream_length{service="activity"}', 0, 500), consumed(0)],
    silentAt: [29, 31, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayEventsNotStored',
    story: 'many events wait, but MongoDB stores events',
    timelines: [ill('event_stream_length{service="activity"}', 0, 500), consumed(600)],
    silentAt: [45],
    firingAt: [],
  },
  {
    alert: 'MainstaySignInSpray',
    story: 'an attacker tries passwords for half an hour',
    timelines: [
      counter(
        'security_events_total{service="gateway",event="sign_in",outcome="failed",reason="invalid_credentials"}',
        { minutes: 30, value: 1 },
        { minutes: 30, value: 60 },
        { minutes: 30, value: 1 },
      ),
      counter('security_events_total{service="gateway",event="sign_in",outcome="succeeded",reason=""}', {
        minutes: 90,
        value: 5,
      }),
    ],
    silentAt: [29, 75],
    firingAt: [45],
  },
  {
    alert: 'MainstaySignInSpray',
    story: 'many people sign in, and some mistype',
    timelines: [
      counter(
        'security_events_total{service="gateway",event="sign_in",outcome="failed",reason="invalid_credentials"}',
        { minutes: 90, value: 60 },
      ),
      counter('security_events_total{service="gateway",event="sign_in",outcome="succeeded",reason=""}', {
        minutes: 90,
        value: 600,
      }),
    ],
    silentAt: [45],
    firingAt: [],
  },
  {
    alert: 'MainstayClocksDiffer',
    story:
      'the clock of one host is a minute ahead for half an hour, and tokens are refused for another reason all the time',
    timelines: [
      counter(
        'upstream_identity_refusals_total{service="gateway",upstream="accounts",reason="clock"}',
        { minutes: 30, value: 0 },
        { minutes: 30, value: 10 },
        { minutes: 30, value: 0 },
      ),
      counter('upstream_identity_refusals_total{service="gateway",upstream="activity",reason="refused"}', {
        minutes: 90,
        value: 10,
      }),
    ],
    silentAt: [29, 75],
    firingAt: [45],
  },
  {
    alert: 'MainstayDeadLetters',
    story: 'one event is in the dead letters for half an hour',
    timelines: [ill('event_dead_letters{service="activity"}', 0, 1)],
    silentAt: [29, 65],
    firingAt: [45],
  },
  {
    alert: 'MainstayDiskFilling',
    story: 'a disk has 5 % left',
    timelines: [
      ill('node_filesystem_avail_bytes{service="machine",mountpoint="/data",fstype="ext4"}', 5e9, 5e8),
      gauge('node_filesystem_size_bytes{service="machine",mountpoint="/data",fstype="ext4"}', {
        minutes: 90,
        value: 1e10,
      }),
    ],
    silentAt: [29, 40, 65],
    firingAt: [50],
  },
  {
    alert: 'MainstayCertificateExpires',
    story: 'a certificate has a week left, and is renewed after three hours',
    timelines: [
      gauge(
        'probe_ssl_earliest_cert_expiry{service="edge",instance="https://door"}',
        { minutes: 180, value: 7 * 86_400 },
        { minutes: 60, value: 90 * 86_400 },
      ),
    ],
    silentAt: [30, 185],
    firingAt: [120],
  },
  {
    alert: 'MainstayCertificateExpires',
    story: 'a certificate has three weeks left',
    timelines: [
      gauge('probe_ssl_earliest_cert_expiry{service="edge",instance="https://door"}', {
        minutes: 180,
        value: 21 * 86_400,
      }),
    ],
    silentAt: [120],
    firingAt: [],
  },
];

export const causeCases: readonly AlertCase[] = causeStories.map(({ alert, silentAt, firingAt, ...told }) => ({
  ...told,
  expected: [{ alerts: [alert], silentAt, firingAt }],
}));
