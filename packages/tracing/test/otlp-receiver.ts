import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A received span. */
export interface ReceivedSpan {
  service: string;
  instance: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string }[];
  isError: boolean;
  startMs: number;
  endMs: number;
}

export interface OtlpReceiver {
  /** The value for OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  /** All spans that were accepted. */
  spans: ReceivedSpan[];
  /** The headers of the newest request. */
  headers: Record<string, unknown>;
  /** How to reply to later requests: accept all spans, refuse all spans, or never answer. */
  answer(how: 'take' | 'refuse' | 'never'): void;
  /** Resolves with the accepted spans when they satisfy the condition. */
  until(suffice: (spans: ReceivedSpan[]) => boolean): Promise<ReceivedSpan[]>;
  close(): Promise<void>;
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** A collector that receives OTLP/HTTP with JSON on a free port of 127.0.0.1. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  let isClosed = false;
  let behaviour: 'take' | 'refuse' | 'never' = 'take';
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      receiver.headers = req.headers;
      if (behaviour === 'never') return;
      if (behaviour === 'refuse' || req.url !== '/v1/traces') return void res.writeHead(400).end();
      spans.push(...spansOf(JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest));
      res.setHeader('content-type', 'application/json').end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: OtlpReceiver = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers: {},
    answer: (how) => (behaviour = how),
    async until(suffice) {
      while (!suffice(spans)) {
        if (isClosed) throw new Error('the receiver was closed before');
        await delay(20);
      }
      return [...spans];
    },
    async close() {
      isClosed = true;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

interface ExportRequest {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { spans: OtlpSpan[] }[];
  }[];
}

interface OtlpSpan {
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes?: KeyValue[];
  links?: { traceId: string; spanId: string }[];
  status?: { code?: number };
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

function spansOf({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const origin = valuesOf(resource.attributes);
    return scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        service: String(origin['service.name']),
        instance: String(origin['service.instance.id']),
        name: span.name,
        kind: kinds[span.kind] ?? 'internal',
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        attributes: valuesOf(span.attributes ?? []),
        links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        isError: span.status?.code === 2,
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
      })),
    );
  });
}

function valuesOf(attributes: KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [kind, given] = Object.entries(value)[0] ?? [];
      if (kind === 'intValue') return [key, Number(given)];
      if (kind !== 'arrayValue') return [key, given];
      const { values } = given as { values: Record<string, unknown>[] };
      return [key, values.flatMap((one) => Object.values(one))];
    }),
  );
}
