import { useSyncExternalStore } from 'react';

/** Whether the browser reports a network connection. Even with a connection, the platform may be unreachable. */
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
