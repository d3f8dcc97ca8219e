/** a header that comes twice is one line, joined by a comma; set-cookie by a line break */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * Puts one HTTP/1.1 reply together from what a socket brings. A reply is there only with its last byte: what breaks off is none.
 * @returns `end`: the reply whose end is that of its connection
 */
export function createReplyReader(): {
  take(chunk: Buffer): Reply | undefined;
  end(): Reply | undefined;
  bytes(): number;
} {
  let pending = Buffer.alloc(0);
  let head: Omit<Reply, 'body'> | undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  /** Bytes still due of the body or of the chunk at hand; undefined where a head or a chunk's size comes next. */
  let due: number | undefined;
  let isChunked = false;
  let isLast = false;

  /** @returns the next line, or the head's lines */
  function until(mark: string): string | undefined {
    const at = pending.indexOf(mark);
    if (at < 0) return undefined;
    const text = pending.toString('latin1', 0, at);
    pending = pending.subarray(at + mark.length);
    return text;
  }

  function takeBody(count: number) {
    const part = pending.subarray(0, count);
    pending = pending.subarray(part.length);
    parts.push(part);
    return part.length;
  }

  const whole = () => head && { ...head, body: Buffer.concat(parts) };

  function readHead() {
    const text = until('\r\n\r\n');
    if (text === undefined) return false;
    const [first = '', ...lines] = text.split('\r\n');
    head = { status: Number(first.split(' ')[1]), headers: headersOf(lines) };
    const length = head.headers['content-length'];
    isChunked = /chunked/i.test(head.headers['transfer-encoding'] ?? '');
    if (head.status === 204 || head.status === 304) due = 0;
    else if (!isChunked) due = length === undefined ? Infinity : Number(length);
    return true;
  }

  /** @returns whether the body is whole */
  function readBody(): boolean {
    if (!isChunked) {
      due = due! - takeBody(due!);
      return due === 0;
    }
    for (;;) {
      if (due === undefined) {
        const size = until('\r\n');
        if (size === undefined) return false;
        due = parseInt(size, 16);
        isLast = due === 0; // no trailers come here: behind it, as behind each chunk, stands an empty line
      }
      due -= takeBody(due);
      if (due > 0 || until('\r\n') === undefined) return false;
      if (isLast) return true;
      due = undefined;
    }
  }

  return {
    take(chunk) {
      bytes += chunk.length;
      pending = Buffer.concat([pending, chunk]);
      if (!head && !readHead()) return undefined;
      return readBody() ? whole() : undefined;
    },
    end: () => (due === Infinity ? whole() : undefined),
    bytes: () => bytes,
  };
}

function headersOf(lines: string[]) {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'set-cookie' ? '\n' : ', '}${value}`;
  }
  return headers;
}
