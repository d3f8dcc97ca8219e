import { AppError } from '@mainstay/errors';
import express, { type RequestHandler } from 'express';

/** Reads a JSON body into `req.body`. Responds with 415, 413 or 400 if the body is wrong. */
export function jsonBody({ bytesMax }: { bytesMax: number }): RequestHandler {
  const parse = express.json({ limit: bytesMax, strict: true, inflate: false });
  return (req, res, next) => {
    if (hasBody(req.headers) && !req.is('application/json')) {
      next(new AppError('unsupported_media_type', 'Send the body as application/json.'));
      return;
    }
    parse(req, res, next);
  };
}

function hasBody(headers: { 'content-length'?: string; 'transfer-encoding'?: string }): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
