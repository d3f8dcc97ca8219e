import { AppError } from '@mainstay/errors';
import type { Request, RequestHandler } from 'express';
import { originOf } from './origins.js';

export interface CrossSiteOptions {
  /** The origins whose pages may send requests. Default: only the scheme and host of the request. */
  publicOrigins?: readonly string[];
}

export function crossSiteCheck(options?: CrossSiteOptions): RequestHandler {
  const check = createCrossSiteCheck(options);
  return (req, _res, next) => {
    check(req);
    next();
  };
}

/**
 * Refuses an unsafe request from a page of another site, with AppError cross_site. Without `publicOrigins`, the check
 * reads `req.protocol` and `req.host`, so configure `trust proxy` if the app is behind a proxy.
 * @throws Error with one sentence if an entry of `publicOrigins` is not an origin
 */
export function createCrossSiteCheck({ publicOrigins = [] }: CrossSiteOptions = {}): (req: Request) => void {
  const allowed = new Set(publicOrigins.map(readOrigin));
  return (req) => {
    if (isSafe(req.method) || isSameSite(req, allowed)) return;
    throw new AppError('cross_site', 'A page of another site may not send this request.');
  };
}

/** Whether the method is safe (RFC 9110 § 9.2.1). */
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'TRACE';
}

function isSameSite(req: Request, allowed: ReadonlySet<string>): boolean {
  const site = req.get('sec-fetch-site');
  const origin = req.get('origin');
  if (site === 'same-site') return origin !== undefined && allowed.has(origin);
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  // A browser sends `Origin`, `Sec-Fetch-Site` or both with every unsafe request. This request has neither header, so a
  // browser did not send the request.
  if (origin === undefined) return true;
  const normalized = originOf(origin);
  // `null` is refused too, because a sandboxed frame of any page has this origin.
  if (normalized === undefined) return false;
  return allowed.size > 0 ? allowed.has(normalized) : normalized === originOf(`${req.protocol}://${req.host}`);
}

function readOrigin(entry: string): string {
  const origin = originOf(entry);
  if (origin === undefined) throw new Error(`"${entry}" is not an origin such as https://shop.example.`);
  return origin;
}
