import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';

export interface CrossSiteOptions {
  /** The origins whose pages may call, as `https://shop.example`. Empty or absent: the scheme and host that the request itself was sent to. */
  publicOrigins?: readonly string[];
}

/**
 * Refuses unsafe requests that another site's page makes a browser send, with AppError cross_site.
 * `Sec-Fetch-Site` decides where there is one, else `Origin`; with neither it is no browser, and passes.
 * Without `publicOrigins` it relies on `req.protocol` and `req.host`, so `trust proxy` must be right.
 * @throws Error with one readable sentence where an entry of `publicOrigins` is no origin
 */
export function crossSiteCheck({ publicOrigins = [] }: CrossSiteOptions = {}): RequestHandler {
  const allowed = new Set(publicOrigins.map(readOrigin));
  return (req, _res, next) => {
    if (isSafe(req.method) || isSameSite(req, allowed)) return next();
    next(new AppError('cross_site', 'A page of another site may not send this request.'));
  };
}

/** RFC 9110 § 9.2.1. */
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE';
}

function isSameSite(req: Request, allowed: ReadonlySet<string>): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('origin');
  if (origin === undefined) return true;
  const normalized = originOf(origin);
  if (normalized === undefined) return false; // also `null`: a sandboxed frame or a data: page can be anybody's
  return allowed.size > 0 ? allowed.has(normalized) : normalized === originOf(`${req.protocol}://${req.host}`);
}

function readOrigin(entry: string): string {
  const origin = originOf(entry);
  if (origin === undefined) throw new Error(`"${entry}" is no origin: it must read like https://shop.example.`);
  return origin;
}

/** In the form of RFC 6454 (lower case, no default port), or nothing where the text is more or less than an origin. */
function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, href } = new URL(text);
  return origin !== 'null' && href === `${origin}/` ? origin : undefined;
}
