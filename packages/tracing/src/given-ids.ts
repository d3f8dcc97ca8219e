import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

interface Ids {
  traceId: string;
  spanId: string;
}

/**
 * Makes ids for spans. The SDK asks for them when a span begins. Inside `give`, the SDK gets the ids that the request
 * already has.
 */
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
