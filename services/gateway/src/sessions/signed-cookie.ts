import { createHmac, timingSafeEqual } from 'node:crypto';

const signedCookie = /(?:^|; ?)mainstay\.sid=s(?:%3A|:)([^.;]{1,128})\.([^;]{43,140})/i;

/**
 * Whether a session cookie carries a signature of ours, at the price of one HMAC and no question to Redis. The session may have ended since: it tells who goes
 * first, never who somebody is.
 */
export function hasSignedCookie(cookies: string | undefined, secrets: readonly string[]): boolean {
  const [, sid, signature] = signedCookie.exec(cookies ?? '') ?? [];
  if (sid === undefined || signature === undefined) return false;
  const given = Buffer.from(signature.replaceAll('%2B', '+').replaceAll('%2F', '/'), 'base64');
  return secrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(decoded(sid)).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
