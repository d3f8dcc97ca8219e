/**
 * npm run events:replay: the relay sends all events again that were committed since a time. Stored events stay as
 * they are.
 *
 *   npm run events:replay -- --from 2026-01-31T00:00:00Z
 */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('accounts', 'replay-events');
