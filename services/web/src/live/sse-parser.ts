export interface SseMessage {
  id: string;
  type: string;
  data: string;
}

export interface SseParser {
  /** Parses the next piece of the stream, even if the piece ends inside a line. Returns the completed messages. */
  push(text: string): SseMessage[];
  /** The id that the client sends when the client connects again. A block without data can also change this id. */
  readonly lastEventId: string;
  /** Milliseconds that the client waits before a reconnect. Undefined until the server sends this number. */
  readonly retryMs: number | undefined;
}

/** Creates a parser for event streams of the HTML standard, section 9.2.6. A block without data is not a message. */
export function createSseParser(lastEventId = ''): SseParser {
  let rest = '';
  let isFirst = true;
  let id = lastEventId;
  let settledId = lastEventId;
  let retryMs: number | undefined;
  let type = '';
  let data: string[] = [];

  function line(text: string): SseMessage | undefined {
    if (text === '') return dispatch();
    const colon = text.indexOf(':');
    if (colon === 0) return undefined; // a comment line: the server sends comments as heartbeats
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
    if (field === 'id' && !value.includes('\0')) id = value;
    if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    return undefined;
  }

  function dispatch(): SseMessage | undefined {
    // The new id becomes valid only here, at the end of a block. If the connection breaks inside a block, the block's
    // message was not delivered, so the next connection must still send the old id.
    settledId = id;
    const message = data.length === 0 ? undefined : { id, type: type || 'message', data: data.join('\n') };
    type = '';
    data = [];
    return message;
  }

  return {
    push(text) {
      rest += isFirst ? text.replace(/^\uFEFF/, '') : text;
      if (text !== '') isFirst = false;
      // A `\r` at the end can be the first half of `\r\n`. So the `\r` stays in `rest` until the next piece arrives.
      const whole = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
      const lines = whole.split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? '') + rest.slice(whole.length);
      return lines.flatMap((text) => line(text) ?? []);
    },
    get lastEventId() {
      return settledId;
    },
    get retryMs() {
      return retryMs;
    },
  };
}
