/** The fields and types of the index template. The store refuses a wrong type, so such a value goes into `fields`. */
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

/** Converts a log line: `{ time, level, orderId }` → `{ '@timestamp', level, fields: { orderId } }`. */
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

/** Returns the causes as text, such as `error: permission denied ← Error: timeout`. */
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
