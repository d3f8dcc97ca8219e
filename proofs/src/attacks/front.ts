/** A way to the platform: the gateway itself, or an edge before it. */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

export interface Front {
  name: string;
  url: string;
  /** The certificate to trust, where the way is TLS. */
  ca?: Buffer;
}

export interface Ask {
  method?: string;
  path: string;
  cookie?: string;
  json?: unknown;
  headers?: Record<string, string>;
  agent?: http.Agent;
  timeoutMs?: number;
}

export interface Reply {
  status: number;
  cookie: string | undefined;
  text: string;
}

/** One request. @throws Error where there is no reply */
export function ask(front: Front, { method = 'GET', path, cookie, json, headers, agent, timeoutMs }: Ask) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const options = {
    method,
    ca: front.ca,
    agent,
    timeout: timeoutMs,
    headers: {
      ...(cookie !== undefined && { cookie }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
  };
  return new Promise<Reply>((resolve, reject) => {
    const request = (front.ca ? https : http).request(front.url + path, options, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      res.on('error', reject).on('end', () => {
        const set = res.headers['set-cookie']?.[0]?.split(';', 1)[0];
        resolve({ status: res.statusCode ?? 0, cookie: set, text });
      });
    });
    request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', reject);
    request.end(body);
  });
}

export function agentOf(front: Front): http.Agent {
  return front.ca ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
}

/** A connection for bytes of the attack's own. Its errors are nobody's concern. */
export function connect(front: Front): net.Socket {
  const { port } = new URL(front.url);
  const to = { port: Number(port), host: '127.0.0.1' };
  const socket = front.ca ? tls.connect({ ...to, ca: front.ca, servername: 'localhost' }) : net.connect(to);
  return socket.on('error', () => undefined);
}
