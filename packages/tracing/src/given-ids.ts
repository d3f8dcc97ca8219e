import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

interface Ids {
  traceId: string;
  spanId: string;
}

/** Makes ids for spans. Inside `give`, a span gets the request's ids. */
export function createIds(): IdGenerator & { give<Result>(ids: Ids, begin: () => Result): Result } {
  const random = new RandomIdGenerator();
  let given: Ids | undefined;
  return {
    generateTraceId: () => given?.traceId ?? random.generateTraceId(),
    generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    give(ids, begin) {
      given = ids;
      try {
        return begin();
      } finally {
        given = undefined;
      }
    },
  };
}
