/** One drill for each alert. */
import {
  exporterDrill,
  halt,
  haltByTurns,
  holdTransaction,
  poisonStream,
  refusingLogStore,
  sprayPasswords,
  stopPart,
  toggle,
} from './faults.ts';
import type { Drill } from './drill.ts';

/** SQL that gives a transaction an id. The relay of events waits until a transaction with an id has ended. */
const takeNumber = 'SELECT pg_current_xact_id()';
const lockAccounts = 'LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE';
/** Events must be readable within 5 s, so a transaction that delays events by 7 s breaks the freshness objective. */
const openMs = 7_000;

const away = { what: 'accounts is stopped', begin: stopPart('accounts') };
const locked = {
  what: 'the table of accounts is locked for half a second, again and again',
  begin: holdTransaction(lockAccounts, 500),
};
const held = { what: 'one transaction after the other stays open for 7 s', begin: holdTransaction(takeNumber, openMs) };

export const drills: Drill[] = [
  { alert: 'MainstayAvailabilityFastBurn', ...away },
  { alert: 'MainstayAvailabilitySlowBurn', ...away },
  { alert: 'MainstayLatencyFastBurn', ...locked },
  { alert: 'MainstayLatencySlowBurn', ...locked },
  { alert: 'MainstayFreshnessFastBurn', ...held },
  { alert: 'MainstayFreshnessSlowBurn', ...held },
  {
    alert: 'MainstayNoData',
    service: 'activity',
    what: 'the only process of activity is stopped',
    begin: stopPart('activity'),
  },
  { alert: 'MainstayTargetDown', service: 'activity', what: 'activity is halted (SIGSTOP)', begin: halt('activity') },
  {
    alert: 'MainstayEventLoopSlow',
    service: 'gateway',
    what: 'the gateway is halted for 150 ms of each half second, as in a container that has used up its share of CPU',
    begin: haltByTurns('gateway'),
  },
  {
    alert: 'MainstayPoolExhausted',
    service: 'accounts',
    what: 'a transaction locks the table of accounts and stays open',
    begin: holdTransaction(lockAccounts),
  },
  {
    alert: 'MainstayMemoryHigh',
    service: 'accounts',
    what: 'accounts uses 420 MiB more',
    ...toggle('accounts', 'hold-memory.ts'),
  },
  { alert: 'MainstayLogsDropped', what: 'the log store refuses every line', ...refusingLogStore() },
  { alert: 'MainstaySignInSpray', what: 'one password is tried for many e-mails', begin: sprayPasswords },
  {
    alert: 'MainstayClocksDiffer',
    what: 'the clock of accounts is a minute slow',
    ...toggle('accounts', 'shift-clock.ts'),
  },
  { alert: 'MainstayRelayStuck', what: 'a transaction stays open', begin: holdTransaction(takeNumber) },
  { alert: 'MainstayEventsNotStored', what: 'MongoDB is stopped', begin: stopPart('mongo') },
  {
    alert: 'MainstayDeadLetters',
    what: 'an invalid message is in the stream',
    begin: poisonStream,
  },
  {
    alert: 'MainstayDiskFilling',
    what: 'an exporter reports a disk with 5 % left',
    ...exporterDrill('machine', (isFault) => [
      'node_filesystem_size_bytes{mountpoint="/data"} 100',
      `node_filesystem_avail_bytes{mountpoint="/data"} ${isFault ? 5 : 50}`,
    ]),
  },
  {
    alert: 'MainstayCertificateExpires',
    what: 'an exporter reports a certificate of 7 days, then one of 90',
    ...exporterDrill('edge', (isFault) => [
      `probe_ssl_earliest_cert_expiry ${Date.now() / 1_000 + (isFault ? 7 : 90) * 86_400}`,
    ]),
  },
];
