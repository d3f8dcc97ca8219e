import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace';

interface Ids {
  traceId: string;
  spanId: string;
}

/** Makes random ids for spans. A span that begins inside `give` gets the given ids. */
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
