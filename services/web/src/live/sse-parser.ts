export interface SseMessage {
  id: string;
  type: string;
  data: string;
}

export interface SseParser {
  /** Takes a piece of text, cut anywhere. Returns the messages that this piece completes. */
  push(text: string): SseMessage[];
  /** The id for the next connection. A block without data can change it, too. */
  readonly lastEventId: string;
  /** The server sets this delay before a reconnect, in milliseconds. */
  readonly retryMs: number | undefined;
}

/** Parses an event stream by the HTML standard (section 9.2.6). A block without data is not a message. */
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
    if (colon === 0) return undefined; // a comment line: the server sends it as a heartbeat
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
    if (field === 'id' && !value.includes('\0')) id = value;
    if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    return undefined;
  }

  function dispatch(): SseMessage | undefined {
    // An incomplete block must not change the id, because its message was not delivered.
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
      // A `\r` at the end can be the first half of `\r\n`, so keep it for the next piece.
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
