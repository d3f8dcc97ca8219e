import { json, type PlayingService } from './playing-service.js';

/** Default target of the requests. */
export const path = '/v1/accounts';

/** Builds the bytes of requests with this session cookie. */
export function rawRequests(cookie: string | undefined) {
  const mine = `Host: shop.example\r\nCookie: ${cookie}\r\n`;
  const post = (headers: string, body: string) =>
    `POST ${path} HTTP/1.1\r\n${mine}Content-Type: application/json\r\n${headers}\r\n${body}`;
  return {
    get: (headers = '', target = path, version = 'HTTP/1.1') => `GET ${target} ${version}\r\n${mine}${headers}\r\n`,
    post,
    chunked: (body: string) => post('Transfer-Encoding: chunked\r\n', body),
    withoutHost: (headers = '', target = path, version = 'HTTP/1.1') =>
      `GET ${target} ${version}\r\nCookie: ${cookie}\r\n${headers}\r\n`,
  };
}

export type RawRequests = ReturnType<typeof rawRequests>;

/** Makes the service respond with 200 to GET and POST, and clears its list of received requests. */
export function answerAll(service: PlayingService): void {
  service.received.length = 0;
  for (const method of ['GET', 'POST']) service.on(`${method} ${path}`, (_req, res) => json(res, 200, {}));
}

/** The requests that reached a service completely. */
export const completedAt = (service: PlayingService): string[] =>
  service.received.filter(({ complete }) => complete).map(({ method, url }) => `${method} ${url}`);
