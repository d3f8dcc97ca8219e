/**
 * npm run events:replay: the relay sends all events again that were committed since the given time. Events that are stored
 * do not change.
 *
 *   npm run events:replay -- --from 2026-01-31T00:00:00Z
 */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('accounts', 'replay-events');
