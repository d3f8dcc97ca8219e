/** npm run dead-letters -- list | replay [id] | discard <id>: lists, replays or discards the events that the activity service could not store. */
import { runServiceCommand } from '../start/run-service-command.ts';

await runServiceCommand('activity', 'dead-letters');
