import { useEffect, useState } from 'react';
import { formatCountdown } from './format-time.js';

/** Whole seconds left until a time, and the text of them; stands still at 0. */
export function useCountdown(until: number | undefined): { left: number; text: string } {
  const [, tick] = useState(0);
  const left = until === undefined ? 0 : Math.max(0, Math.ceil((until - Date.now()) / 1000));
  useEffect(() => {
    if (left === 0) return undefined;
    const timer = setTimeout(() => tick((count) => count + 1), 1000 - ((Date.now() - (until ?? 0)) % 1000));
    return () => clearTimeout(timer);
  });
  return { left, text: formatCountdown(left) };
}
