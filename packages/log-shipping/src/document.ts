/**
 * The fields that the index template maps, with the type of each. The store would refuse a line with a value of another
 * type.
 */
const mapped: Readonly<Record<string, 'string' | 'number' | 'boolean'>> = {
  level: 'string',
  service: 'string',
  instance: 'string',
  version: 'string',
  requestId: 'string',
  traceId: 'string',
  spanId: 'string',
  userId: 'string',
  message: 'string',
  method: 'string',
  route: 'string',
  status: 'number',
  durationMs: 'number',
  upstreamMs: 'number',
  bytes: 'number',
  aborted: 'boolean',
};

/**
 * Converts a log line to the document that the store keeps. It has `@timestamp`, the mapped fields, and `error` if the
 * field `error` is an error. All other fields are below `fields`, where no mapping can refuse them.
 */
export function documentOf({ time, ...line }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const document: Record<string, unknown> = { '@timestamp': time };
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(line)) {
    if (value === undefined) continue;
    if (typeof value === mapped[key]) document[key] = value;
    else if (key === 'error' && isError(value)) document.error = errorOf(value);
    else fields[key] = value;
  }
  if (Object.keys(fields).length > 0) document.fields = fields;
  return document;
}

function isError(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'message' in value;
}

/**
 * Name, message, code, stack and the text of the causes can be searched. The other fields of an error are below `more`.
 */
function errorOf({ name, message, code, stack, ...more }: Record<string, unknown>): Record<string, unknown> {
  const causes = causesOf(more.cause);
  return {
    name: textOf(name),
    message: textOf(message),
    code: textOf(code),
    stack: textOf(stack),
    ...(causes !== '' && { causes }),
    ...(Object.values(more).some((value) => value !== undefined) && { more }),
  };
}

/**
 * Returns the causes as text: `error: permission denied for table entries ← …`. Each cause is followed by its own
 * cause.
 */
function causesOf(cause: unknown): string {
  const texts: string[] = [];
  for (let next = cause; isError(next); next = next.cause) {
    texts.push([textOf(next.name), textOf(next.message)].filter(Boolean).join(': '));
  }
  return texts.join(' ← ');
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
