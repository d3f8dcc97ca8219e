// @ts-check

/** @typedef {{ status: number, headers: Record<string, string>, body: Buffer }} Reply a header that comes twice is one line, joined by a comma; set-cookie by a line break */

/**
 * Puts one HTTP/1.1 reply together from what a socket brings. A reply is there only with its last byte: what breaks off is none.
 * @returns {{ take(chunk: Buffer): Reply | undefined, end(): Reply | undefined, bytes(): number }} `end`: the reply whose end is that of its connection
 */
export function createReplyReader() {
  let pending = Buffer.alloc(0);
  /** @type {Omit<Reply, 'body'> | undefined} */
  let head;
  /** @type {Buffer[]} */
  const parts = [];
  let bytes = 0;
  /** Bytes still due of the body or of the chunk at hand; undefined where a head or a chunk's size comes next. @type {number | undefined} */
  let due;
  let isChunked = false;
  let isLast = false;

  /** @returns {string | undefined} the next line, or the head's lines */
  function until(/** @type {string} */ mark) {
    const at = pending.indexOf(mark);
    if (at < 0) return undefined;
    const text = pending.toString('latin1', 0, at);
    pending = pending.subarray(at + mark.length);
    return text;
  }

  function takeBody(/** @type {number} */ count) {
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

  /** @returns {boolean} whether the body is whole */
  function readBody() {
    if (!isChunked) {
      due = /** @type {number} */ (due) - takeBody(/** @type {number} */ (due));
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

/** @param {string[]} lines */
function headersOf(lines) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'set-cookie' ? '\n' : ', '}${value}`;
  }
  return headers;
}
