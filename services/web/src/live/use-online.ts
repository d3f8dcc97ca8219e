import { useSyncExternalStore } from 'react';

/** Whether the browser reports a network connection. The platform can still be unreachable. */
export function useOnline(): boolean {
  return useSyncExternalStore(hearOnline, () => navigator.onLine);
}

function hearOnline(changed: () => void): () => void {
  window.addEventListener('online', changed);
  window.addEventListener('offline', changed);
  return () => {
    window.removeEventListener('online', changed);
    window.removeEventListener('offline', changed);
  };
}
