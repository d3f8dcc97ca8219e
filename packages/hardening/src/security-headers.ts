import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

export interface SecurityHeadersOptions {
  /**
   * `pages`: web pages, which load files from their own origin and have no inline scripts or styles. `data`: replies
   * that load nothing. Default `data`.
   */
  content?: 'data' | 'pages';
}

const policies = {
  data: {
    'default-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
  pages: {
    'default-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  },
};

function optionsFor(content: 'data' | 'pages') {
  return {
    contentSecurityPolicy: { useDefaults: false, directives: policies[content] },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  } satisfies HelmetOptions;
}

/** Helmet with a strict content security policy. If a proxy ends TLS, HSTS needs `trust proxy`. */
export function securityHeaders({ content = 'data' }: SecurityHeadersOptions = {}): RequestHandler {
  const headers = securityHeaderList(content);
  return (req, res, next) => {
    res.removeHeader('x-powered-by');
    setHeaders(res, req.secure ? headers.overTls : headers.inTheClear);
    next();
  };
}

/** The headers as alternating names and values, for `writeHead`. */
export function securityHeaderList(content: 'data' | 'pages' = 'data'): Record<'overTls' | 'inTheClear', string[]> {
  const options = optionsFor(content);
  const hsts = { maxAge: 31_536_000, includeSubDomains: false };
  const listOf = (strictTransportSecurity: typeof hsts | false) =>
    Object.entries(headersBy(helmet({ ...options, strictTransportSecurity }))).flat();
  return { overTls: listOf(hsts), inTheClear: listOf(false) };
}

/** Sets headers from alternating names and values. */
export function setHeaders(res: ServerResponse, headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 2) res.setHeader(headers[at]!, headers[at + 1]!);
}

/** The security headers of a reply that Express does not write. The edge adds HSTS. */
export const dataReplyHeaders: Readonly<Record<string, string>> = headersBy(
  helmet({ ...optionsFor('data'), strictTransportSecurity: false }),
);

function headersBy(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const headers: Record<string, string> = {};
  const recorder = {
    setHeader: (name: string, value: string) => (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  middleware({} as IncomingMessage, recorder as unknown as ServerResponse, () => undefined);
  return headers;
}
