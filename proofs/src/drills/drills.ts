/** One drill for each alert: what is done to the platform, and how it is undone. */
import { certificateDrill, diskDrill } from './machine-faults.ts';
import { halt, haltByTurns, putAway, shiftClock, sprayPasswords, toggleMemory } from './process-faults.ts';
import { holdTransaction, holdTransactions, lockByTurns, lockLedger } from './postgres-faults.ts';
import { openRefusingLogStore } from './log-store-fault.ts';
import { poisonStream } from './stream-fault.ts';
import type { Drill } from './drill.ts';

const SLOWLY = 'lasts a while, and is over';

export const drills: Drill[] = [
  { alert: 'MainstayAvailabilityFastBurn', fault: 'accounts is gone', begin: putAway('accounts') },
  {
    alert: 'MainstayAvailabilitySlowBurn',
    fault: `accounts is gone: the same fault ${SLOWLY}`,
    begin: putAway('accounts'),
  },
  {
    alert: 'MainstayLatencyFastBurn',
    fault: 'somebody locks the table of accounts again and again, half a second each time',
    begin: lockByTurns,
  },
  {
    alert: 'MainstayLatencySlowBurn',
    fault: `somebody locks the table of accounts again and again: the same fault ${SLOWLY}`,
    begin: lockByTurns,
  },
  {
    alert: 'MainstayFreshnessFastBurn',
    fault: 'one transaction after the other stays open for 7 s',
    begin: holdTransactions,
  },
  {
    alert: 'MainstayFreshnessSlowBurn',
    fault: `one transaction after the other stays open for 7 s: the same fault ${SLOWLY}`,
    begin: holdTransactions,
  },
  {
    alert: 'MainstayNoData',
    service: 'activity',
    fault: 'the only process of activity is gone',
    begin: putAway('activity'),
  },
  { alert: 'MainstayTargetDown', service: 'activity', fault: 'activity is halted (SIGSTOP)', begin: halt('activity') },
  {
    alert: 'MainstayEventLoopSlow',
    service: 'gateway',
    fault: 'the gateway gets no processor for 150 ms of each half second, as in a container that has used up its share',
    begin: haltByTurns('gateway'),
  },
  {
    alert: 'MainstayPoolExhausted',
    service: 'accounts',
    fault: 'somebody locks the table of accounts and goes away',
    begin: lockLedger,
  },
  {
    ...toggleMemory('accounts'),
    alert: 'MainstayMemoryHigh',
    service: 'accounts',
    fault: 'accounts holds more and more memory',
  },
  { ...openRefusingLogStore(), alert: 'MainstayLogsDropped', fault: 'the log store refuses every line' },
  { alert: 'MainstaySignInSpray', fault: 'somebody tries one password for many e-mails', begin: sprayPasswords() },
  { ...shiftClock('accounts'), alert: 'MainstayClocksDiffer', fault: 'the clock of accounts is a minute late' },
  { alert: 'MainstayRelayStuck', fault: 'a transaction stays open', begin: holdTransaction },
  { alert: 'MainstayEventsNotStored', fault: 'MongoDB is gone', begin: putAway('mongo') },
  {
    alert: 'MainstayDeadLetters',
    fault: 'something that is no event is in the stream',
    programs: ['redis-cli'],
    begin: poisonStream,
  },
  {
    ...diskDrill(),
    alert: 'MainstayDiskFilling',
    fault: 'a small file system of its own is filled to 95 % (needs root, for the mount)',
  },
  {
    ...certificateDrill(),
    alert: 'MainstayCertificateExpires',
    fault: 'a server shows a certificate of 7 days, then one of 90',
  },
];
