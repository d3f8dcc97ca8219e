import { errorCodes, type ErrorCode } from './error-codes.js';

export function codesByStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/** Returns an operation's refusals for the `responses` of an OpenAPI document. */
export function refusalReplies(...codes: ErrorCode[]): Record<number, { description: string }> {
  const replies = [...codesByStatus(codes)].map(([status, its]) => {
    return [status, { description: its.map((code) => `\`${code}\``).join(', ') }] as const;
  });
  return Object.fromEntries(replies);
}
