/**
 * npm run events:replay: tells the relay of a service to send again every event whose transaction began since the given
 * time. Events that MongoDB already has do not change. Without the name of a service, the command replays the events of accounts.
 *
 *   npm run events:replay -- --from 2026-01-31T00:00:00Z
 *   npm run events:replay -- catalog --from 2026-01-31T00:00:00Z
 */
import { chooseService, runServiceCommand, servicesWithProgram } from '../start/run-service-command.ts';
import { runCommand } from '../terminal.ts';

await runCommand(() => {
  const { service, args } = chooseService(process.argv.slice(2), servicesWithProgram('replay-events'));
  return runServiceCommand(service, 'replay-events', args);
});
