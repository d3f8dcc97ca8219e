/** npm run dead-letters -- list | replay [id] | discard <id>: the events that activity could not store. */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('activity', 'dead-letters');
