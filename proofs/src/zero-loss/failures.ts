/** Why a request has no answer. */

/** The connection ended before the reply did. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost';
  idle: string | undefined;
  isUntouched: boolean;

  /**
   * @param options idle: how long the connection had not been used. isUntouched: the other side has said that it did nothing with the request, so that it may be sent again whatever it is (RFC 9113, 8.7)
   */
  constructor(how: string, { idle, isUntouched = false }: { idle?: string; isUntouched?: boolean } = {}) {
    super(how);
    this.idle = idle;
    this.isUntouched = isUntouched;
  }
}

/** No end of the reply within the longest time that the platform promises, and a margin. */
export class Hung extends Error {
  override name = 'Hung';

  constructor(timeoutMs: number) {
    super(`no end within ${timeoutMs} ms`);
  }
}
