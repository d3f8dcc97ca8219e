import { SpanKind, type Span } from '@opentelemetry/api';
import { errorTypeOf, failWith } from './failures.js';
import type { Tracing } from './tracing.js';

interface CommandStarted {
  readonly requestId: number;
  readonly commandName: string;
  readonly databaseName: string;
  readonly address: string;
  readonly command: Readonly<Record<string, unknown>>;
}

/** The driver's events for tracing. The client needs the option `monitorCommands`. */
export interface MongoClient {
  on(event: 'commandStarted', listener: (event: CommandStarted) => void): unknown;
  on(event: 'commandSucceeded', listener: (event: { requestId: number }) => void): unknown;
  on(event: 'commandFailed', listener: (event: { requestId: number; failure: Error }) => void): unknown;
}

/** Makes a span for each command of a recorded request or event. The span contains no documents and no filters. */
export function traceMongo(tracing: Tracing, client: MongoClient): void {
  if (!tracing.isOn) return;
  /** Open spans by the driver's request number. */
  const underWay = new Map<number, Span>();

  function end(requestId: number, failure?: Error): void {
    const span = underWay.get(requestId);
    if (!span) return;
    underWay.delete(requestId);
    if (failure) {
      const errorType = errorTypeOf(failure);
      if (/^\d+$/.test(errorType)) span.setAttribute('db.response.status_code', errorType);
      failWith(span, errorType);
    }
    span.end();
  }

  client.on('commandStarted', (started) => {
    const parent = tracing.traced();
    if (!parent) return;
    const { requestId, commandName } = started;
    const collection = collectionOf(started);
    const links = tracing.links();
    const span = tracing.begin({
      name: collection === undefined ? commandName : `${commandName} ${collection}`,
      kind: SpanKind.CLIENT,
      parent,
      attributes: { ...attributesOf(started), 'db.collection.name': collection },
      ...(links && { links }),
    });
    underWay.set(requestId, span);
  });
  client.on('commandSucceeded', ({ requestId }) => end(requestId));
  client.on('commandFailed', ({ requestId, failure }) => end(requestId, failure));
}

function attributesOf({ commandName, databaseName, address, command }: CommandStarted) {
  const portAt = address.lastIndexOf(':');
  const { documents } = command;
  return {
    'db.system.name': 'mongodb',
    'db.namespace': databaseName,
    'db.operation.name': commandName,
    ...(Array.isArray(documents) && documents.length > 1 && { 'db.operation.batch.size': documents.length }),
    'server.address': address.slice(0, portAt),
    'server.port': Number(address.slice(portAt + 1)),
  };
}

function collectionOf({ commandName, command }: CommandStarted): string | undefined {
  const name = commandName === 'getMore' ? command.collection : command[commandName];
  return typeof name === 'string' ? name : undefined;
}
