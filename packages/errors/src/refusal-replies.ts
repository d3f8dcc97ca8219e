import { errorCodes, type ErrorCode } from './error-codes.js';

/** Codes by their status. */
export function codesByStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/** The refusals of an operation as the `responses` of an OpenAPI document: by status, each with its codes. */
export function refusalReplies(...codes: ErrorCode[]): Record<number, { description: string }> {
  const replies = [...codesByStatus(codes)].map(([status, its]) => {
    return [status, { description: its.map((code) => `\`${code}\``).join(', ') }] as const;
  });
  return Object.fromEntries(replies);
}
